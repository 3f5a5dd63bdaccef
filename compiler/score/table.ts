import type { ScoreFunction } from '../../runtime-js/artifact/manifest.ts';
import type { LooksAt, ScoreDefinition } from './define.ts';
import { scores } from './index.ts';

const table: { readonly [K in ScoreFunction]: ScoreDefinition<LooksAt> } = scores;

/** A score function by its name. Who asks gives it what its `looksAt` says. */
export const definitionOf = (score: ScoreFunction): ScoreDefinition<LooksAt> => table[score];
