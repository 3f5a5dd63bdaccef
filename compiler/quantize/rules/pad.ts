import { refuse } from './define.ts';

export const pad = refuse<'pad'>('padding is not supported yet');
