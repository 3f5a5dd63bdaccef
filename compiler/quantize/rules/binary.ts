import { refuse } from './define.ts';

export const binary = refuse<'binary'>('adding or multiplying two activations is not supported yet');
