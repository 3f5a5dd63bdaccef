import { defineShader, type Lowered } from './define.ts';
import { eachValue, perUnit } from './each.ts';
import type { Layout } from './layout.ts';
import { bits, bits64 } from './wgsl/float32.ts';

export const normalize = defineShader<'normalize'>({
  lower: ({ n, center, epsilon, ratio, low, high }, { output }): Lowered => {
    const rows = output.size / n;
    const scratch: Layout = { kind: 'word', size: 2 * rows, integer: false };
    // One thread per row: its factor and offset, in f64 until the end.
    const ofRow = perUnit(
      rows,
      '',
      `
  var sum = vec2<u32>();
  var squares = vec2<u32>();
  for (var i = unit * ${n}u; i < (unit + 1u) * ${n}u; i++) {
    let x = a_at(window, i);
    ${center ? 'sum = p_add(sum, vec2<u32>(bitcast<u32>(x), bitcast<u32>(x >> 31u)));' : ''}
    squares = p_add(squares, p_signed_product(x, x));
  }
  let total = d_from_pair(sum);
  let spread = d_subtract(d_multiply(${bits64(n)}, d_from_pair(squares)), d_multiply(total, total));
  let variance = d_divide(spread, ${bits64(n * n)});
  let exact = d_divide(${bits64(ratio)}, d_root(d_add(variance, ${bits64(epsilon)})));
  let at = (window * ${rows}u + unit) * 2u;
  out[at] = d_to_single(exact);
  out[at + 1u] = d_to_single(d_multiply(d_negate(d_divide(total, ${bits64(n)})), exact));`,
    );
    const ofValue = eachValue(
      output,
      `fn value(window: u32, i: u32) -> i32 {
  let row = (i / ${n}u) * 2u;
  let product = f_multiply(f_from_integer(a_at(window, i)), rows_at(window, row));
  return round_clamped(f_add(product, rows_at(window, row + 1u)), ${bits(low)}, ${bits(high)});
}`,
    );
    return {
      scratch,
      passes: [
        { program: ofRow, reads: { a: 'input0' }, writes: 'scratch', constants: null },
        { program: ofValue, reads: { a: 'input0', rows: 'scratch' }, writes: 'output', constants: null },
      ],
    };
  },
});
