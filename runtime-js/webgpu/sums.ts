import type { Result } from '../artifact/kernel.ts';
import type { GraphConstant } from '../artifact/graph.ts';
import { wordsOf, writerOf, type Layout, type Packed } from './layout.ts';
import { bits } from './wgsl/float32.ts';

/** What becomes of the sums of a layer. */
export interface Finish {
  readonly result: Result;
  readonly low: number;
  readonly high: number;
}

/**
 * Weights of `outputs` rows of `depth` words, four int8 each; `at(o, i)`: the weight that meets byte i of a row of the input, 0 where that is
 * of no value.
 */
export function packWeights(outputs: number, depth: number, at: (o: number, i: number) => number): Uint32Array {
  const bytes = new Int8Array(4 * outputs * depth);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < 4 * depth; i++) bytes[o * 4 * depth + i] = at(o, i);
  }
  return new Uint32Array(bytes.buffer);
}

/**
 * The bias with what the bytes of an input lack added: x' = byte + center, or x' = 256 * upper + lower + 128. Padding is bytes that mean
 * x' = 0, so all weights of an output count.
 */
export function correctedBias(bias: GraphConstant, weights: Uint32Array, depth: number, { narrow, center }: Packed): Int32Array {
  const bytes = new Int8Array(weights.buffer);
  return Int32Array.from(bias, (start, o) => {
    const sum = bytes.subarray(o * 4 * depth, (o + 1) * 4 * depth).reduce((total, weight) => total + weight, 0);
    return start + Math.imul(narrow ? center : 128, sum);
  });
}

/** Numbers of an output as expressions of WGSL: literals, or entries of `constants`. */
export interface PutNumbers {
  readonly outputs: string;
  /** Where the multipliers begin in `constants`. */
  readonly multipliers: string;
  readonly low: string;
  readonly high: string;
  /** Words of a window, and of a packed output its center. */
  readonly words: string;
  readonly center: string;
}

export const putLiterals = (output: Layout, outputs: number, { low, high }: Finish, multipliers: number): PutNumbers => ({
  outputs: `${outputs}u`,
  multipliers: `${multipliers}u`,
  low: bits(low),
  high: bits(high),
  words: `${wordsOf(output)}u`,
  center: `${centerOf(output)}`,
});

export const centerOf = (output: Layout): number => (output.kind === 'packed' ? output.center : 0);

/**
 * WGSL `put(window, pixel, o, sums)`: requantizes the sums of four neighbouring outputs of a pixel, and writes them. `multiply`: the function
 * that multiplies sums and multipliers.
 */
export function putOf(output: Layout, result: Result, multiply: string, numbers: PutNumbers): string {
  const { outputs, multipliers, low, high, words } = numbers;
  const real = `${multiply}(f_from_integer(sums[j]), constants[${multipliers} + o + j])`;
  const inside = `for (var j = 0u; j < min(4u, ${outputs} - o); j++)`;
  if (output.kind === 'packed') {
    return `${writerOf(output, numbers)}
fn put(window: u32, pixel: u32, o: u32, sums: vec4<i32>) {
  var values = vec4<i32>();
  ${inside} { values[j] = round_clamped(${real}, ${low}, ${high}); }
  store(window, pixel * ((${outputs} + 3u) / 4u) + o / 4u, values);
}
`;
  }
  const value = result === 'i32' ? 'bitcast<u32>(sums[j])' : `f_clamp(${real}, ${low}, ${high})`;
  return `
fn put(window: u32, pixel: u32, o: u32, sums: vec4<i32>) {
  ${inside} { out[window * ${words} + pixel * ${outputs} + o + j] = ${value}; }
}
`;
}
