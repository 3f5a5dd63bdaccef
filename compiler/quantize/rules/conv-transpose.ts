import { refuse } from './define.ts';

export const convTranspose = refuse<'convTranspose'>('a transposed convolution is not supported yet');
