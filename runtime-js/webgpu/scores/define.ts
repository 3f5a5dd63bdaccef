import type { Pass } from '../define.ts';
import { perUnit } from '../each.ts';
import type { Layout } from '../layout.ts';
import type { ScoreFunction } from '../../artifact/manifest.ts';

/** What a score is given. Passes read `target`, `reconstruction`, `code`, `logVariance`, and write `errors`, `scratch`, `lanes`. */
export interface ScoreOperands {
  /** Values of the target and of the reconstruction, and the shape of a window. */
  readonly n: number;
  readonly shape: readonly number[];
  /** Values of the latent code, and what makes them real; 0 where there is none. */
  readonly code: { readonly size: number; readonly scale: number };
  /** As compiler/score gives them. */
  readonly constants: readonly Float32Array[];
}

export interface LoweredScore {
  readonly passes: readonly Pass[];
  /** Words of `scratch`; 0: there is none. */
  readonly scratch: number;
  /** Words of `lanes`, of which `finish` makes the score of a window. */
  readonly lanes: number;
  finish(lanes: Float32Array): number;
}

/** How the device computes a score: bit for bit as compiler/score/<name>.ts. `errors` are f32[n]. */
export interface ScoreShader {
  lower(operands: ScoreOperands): LoweredScore;
}

export type ScoreShaders = { readonly [K in ScoreFunction]: ScoreShader };

export const words = (size: number): Layout => ({ kind: 'word', size, integer: false });

const compared = { x: 'target', y: 'reconstruction' } as const;

/** errors[i] = term of d = x[i] - y[i]; what the term says of `i` and `constants` is its own. */
export const residual = (
  n: number,
  term: string,
  constants: Uint32Array<ArrayBuffer> | null = null,
  writes = 'errors',
): Pass => ({
  program: perUnit(
    n,
    '',
    `let i = unit;
  let d = f_subtract(x_at(window, i), y_at(window, i));
  out[window * ${n}u + i] = ${term};`,
  ),
  reads: compared,
  writes,
  constants,
});

/** A list of values whose lanes are wanted. */
export interface List {
  readonly operand: 'errors' | 'scratch';
  readonly first: number;
  readonly size: number;
}

/**
 * Four lanes of each list, by index modulo 4, one thread each: the one order of all hosts leaves no more to share. `take`: WGSL of `lane` and
 * the next value `e`.
 */
export function lanesOf(lists: readonly List[], take = 'f_add(lane, e)'): Pass {
  const cases = lists.map(
    ({ operand, first, size }, list) => `if (unit / 4u == ${list}u) {
    for (var i = unit % 4u; i < ${size}u; i += 4u) {
      let e = ${operand}_at(window, ${first}u + i);
      lane = ${take};
    }
  }`,
  );
  const count = 4 * lists.length;
  return {
    program: perUnit(count, '', `var lane = 0u;\n  ${cases.join('\n  ')}\n  out[window * ${count}u + unit] = lane;`),
    reads: Object.fromEntries(lists.map(({ operand }) => [operand, operand])),
    writes: 'lanes',
    constants: null,
  };
}

/** The sum of the first four lanes. */
export const sumOfLanes = ([l0, l1, l2, l3]: Float32Array): number =>
  Math.fround(Math.fround(l0! + l1!) + Math.fround(l2! + l3!));

/** A score that is the mean of its errors. */
export const meanOfErrors = (n: number, passes: readonly Pass[], scratch = 0): LoweredScore => ({
  passes: [...passes, lanesOf([{ operand: 'errors', first: 0, size: n }])],
  scratch,
  lanes: 4,
  finish: (lanes) => Math.fround(sumOfLanes(lanes) / n),
});
