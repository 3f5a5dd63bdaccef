import { refuse } from './define.ts';

export const transpose = refuse('a transpose that moves values is not supported yet');
