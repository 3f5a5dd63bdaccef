import { refuse } from './define.ts';

/** Between whole and floating numbers while the model runs: what int8 models do between their layers is another op. */
export const cast = refuse<'cast'>('it converts values to another number format while the model runs');
