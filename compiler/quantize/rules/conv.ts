import { refuse } from './define.ts';

export const conv = refuse<'conv'>('a convolution is not supported yet');
