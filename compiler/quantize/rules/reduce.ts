import { refuse } from './define.ts';

export const reduce = refuse<'reduce'>('a reduction is not supported yet');
