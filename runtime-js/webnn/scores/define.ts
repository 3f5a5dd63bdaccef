import type { GraphScore } from '../../artifact/graph.ts';
import type { Operand } from '../api.ts';
import type { Net } from '../net.ts';

/** What scores look at: f32[batch x n] each. */
export interface Seen {
  readonly x: Operand;
  readonly y: Operand;
  /** f32[batch x k]: the latent code, and the log variance of its distribution. Scores that look at them find them. */
  readonly code: Operand | null;
  readonly logVariance: Operand | null;
  /** Shape of a window. */
  readonly shape: readonly number[];
  readonly constants: GraphScore['constants'];
}

export interface Scored {
  /** f32[batch x 1] */
  readonly score: Operand;
  /** f32[batch x n] */
  readonly errors: Operand;
}

/** A score in the operations of WebNN; compiler/score/<name>.ts says what it means. */
export type LowerScore = (seen: Seen, net: Net) => Scored;

export function squaredResidual({ x, y }: Seen, { builder }: Net): Operand {
  const difference = builder.sub(x, y);
  return builder.mul(difference, difference);
}

/** The mean of each row. */
export const meanOf = (values: Operand, { builder }: Net): Operand =>
  builder.reduceMean(values, { axes: [1], keepDimensions: true });

export const scoredByMean = (errors: Operand, net: Net): Scored => ({ score: meanOf(errors, net), errors });

/** v[i] * (P v)[i] of each row v of n values. packed: P as compiler/score/quadratic.ts packs it. */
export function quadratic(v: Operand, packed: Float32Array, net: Net): Operand {
  const n = v.shape.at(-1)!;
  const width = (n + 3) & ~3;
  const at = (i: number, j: number): number => packed[(i - (i % 4)) * width + 4 * j + (i % 4)]!;
  const matrix = Float32Array.from({ length: n * n }, (_, place) => at(Math.floor(place / n), place % n));
  return net.builder.mul(v, net.builder.gemm(v, net.constant(matrix, [n, n]), { bTranspose: true }));
}
