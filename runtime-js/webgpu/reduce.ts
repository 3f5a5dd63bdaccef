import type { KernelOf } from '../artifact/kernel.ts';
import { defineShader } from './define.ts';
import { eachOf } from './each.ts';
import { bits, bits64 } from './wgsl/float32.ts';

/** What a fold begins with, how it goes on, and what it is as an f64. Sums are signed 64-bit integers. */
interface Fold {
  readonly start: string;
  readonly take: string;
  readonly end: string;
}

const signed = (value: string): string => `vec2<u32>(bitcast<u32>(${value}), bitcast<u32>(${value} >> 31u))`;
const extreme = (fn: string, start: number): Fold => ({
  start: signed(`(${start})`),
  take: signed(`${fn}(bitcast<i32>(sum.x), x)`),
  end: 'd_from_pair(sum)',
});
const sumOf = (term: string, end: string): Fold => ({ start: 'vec2<u32>()', take: `p_add(sum, ${term})`, end });
const square = 'p_signed_product(x, x)';

const folds: Readonly<Record<KernelOf<'reduce'>['fn'], Fold>> = {
  sum: sumOf(signed('x'), 'd_from_pair(sum)'),
  max: extreme('max', -32_768),
  min: extreme('min', 32_767),
  l1: sumOf(signed('abs(x)'), 'd_from_pair(sum)'),
  l2: sumOf(square, 'd_root(d_from_pair(sum))'),
  sumSquare: sumOf(square, 'd_from_pair(sum)'),
};

export const reduce = defineShader<'reduce'>({
  lower: ({ fn, n, multiplier, low, high }, operands) => {
    const { start, take, end } = folds[fn];
    return eachOf(
      operands,
      null,
      `fn value(window: u32, row: u32) -> i32 {
  var sum = ${start};
  for (var i = row * ${n}u; i < (row + 1u) * ${n}u; i++) {
    let x = a_at(window, i);
    sum = ${take};
  }
  return round_clamped(d_to_single(d_multiply(${end}, ${bits64(multiplier)})), ${bits(low)}, ${bits(high)});
}`,
    );
  },
});
