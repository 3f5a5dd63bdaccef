import { refuse } from './define.ts';

export const concat = refuse<'concat'>('joining values is not supported yet');
