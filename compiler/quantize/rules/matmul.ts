import { refuse } from './define.ts';

export const matmul = refuse('a product of two activations is not supported yet');
