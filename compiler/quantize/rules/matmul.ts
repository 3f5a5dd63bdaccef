import { refuse } from './define.ts';

export const matmul = refuse<'matmul'>('a product of two activations is not supported yet');
