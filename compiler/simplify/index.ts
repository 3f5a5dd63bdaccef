import type { FloatGraph } from '../ops/float-graph.ts';
import { cancelLogExp } from './cancel-log-exp.ts';
import { dropDead } from './drop-dead.ts';
import { dropIdentity } from './drop-identity.ts';
import { foldAffine } from './fold-affine.ts';
import { foldConstants } from './fold-constants.ts';
import { foldTranspose } from './fold-transpose.ts';
import { fuseActivation } from './fuse-activation.ts';
import { matchActivation } from './match-activation.ts';
import { matchAffine } from './match-affine.ts';
import { hoistClamp } from './hoist-clamp.ts';
import { joinReshapes } from './join-reshapes.ts';
import { mergeMatmulAdd } from './merge-matmul-add.ts';
import { mergeRows } from './merge-rows.ts';
import { rewrite, type Rule } from './rewrite.ts';
import { sinkTransposes } from './sink-transposes.ts';
import { splitActivation } from './split-activation.ts';
import { splitBatch } from './split-batch.ts';

/** In this order: what makes later rules applicable comes first. */
const rules: Readonly<Record<string, Rule>> = {
  'fold-constants': foldConstants,
  'drop-identity': dropIdentity,
  'cancel-log-exp': cancelLogExp,
  'join-reshapes': joinReshapes,
  'sink-transposes': sinkTransposes,
  'fold-transpose': foldTranspose,
  'match-activation': matchActivation,
  'match-affine': matchAffine,
  'merge-matmul-add': mergeMatmulAdd,
  'fold-affine': foldAffine,
  'merge-rows': mergeRows,
  'split-activation': splitActivation,
  'hoist-clamp': hoistClamp,
  'fuse-activation': fuseActivation,
  'split-batch': splitBatch,
  'drop-dead': dropDead,
};

/** The same function with fewer nodes. `applied` names the rules in the order of their use. */
export const simplify = (graph: FloatGraph): { readonly graph: FloatGraph; readonly applied: readonly string[] } =>
  rewrite(graph, rules);
