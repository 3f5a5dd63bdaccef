import { refuse } from './define.ts';

export const recurrent = refuse<'recurrent'>('a recurrent layer is not supported yet');
