import { refuse } from './define.ts';

export const gather = refuse<'gather'>('moving values is not supported yet');
