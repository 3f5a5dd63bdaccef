import { refuse } from './define.ts';

export const normalize = refuse<'normalize'>('normalization is not supported yet');
