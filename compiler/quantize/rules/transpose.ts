import { refuse } from './define.ts';

export const transpose = refuse<'transpose'>('a transpose that moves values is not supported yet');
