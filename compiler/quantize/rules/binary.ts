import { refuse } from './define.ts';

export const binary = refuse('adding or multiplying two activations is not supported yet');
