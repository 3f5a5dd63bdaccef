import type { Lowered } from './define.ts';
import { eachValue, perUnit } from './each.ts';
import type { Layout } from './layout.ts';

/** WGSL expressions of a softmax: `sum` sees sum, peak and x; `value` sees whole, the last sum, peak and x. */
interface Share {
  readonly sum: string;
  readonly value: string;
}

/** Rows of n values: one thread per row finds its peak and then sums in the order of the row; one per value takes its share. */
export function peakThen(n: number, output: Layout, constants: Uint32Array<ArrayBuffer>, share: Share): Lowered {
  const rows = output.size / n;
  const scratch: Layout = { kind: 'word', size: 2 * rows, integer: false };
  const ofRow = perUnit(
    rows,
    '',
    `
  var peak = -32768;
  for (var i = unit * ${n}u; i < (unit + 1u) * ${n}u; i++) { peak = max(peak, a_at(window, i)); }
  var sum = 0u;
  for (var i = unit * ${n}u; i < (unit + 1u) * ${n}u; i++) {
    let x = a_at(window, i);
    sum = ${share.sum};
  }
  let at = (window * ${rows}u + unit) * 2u;
  out[at] = bitcast<u32>(peak);
  out[at + 1u] = sum;`,
  );
  const ofValue = eachValue(
    output,
    `fn value(window: u32, i: u32) -> i32 {
  let row = (i / ${n}u) * 2u;
  let peak = bitcast<i32>(rows_at(window, row));
  let whole = rows_at(window, row + 1u);
  let x = a_at(window, i);
  return ${share.value};
}`,
  );
  return {
    scratch,
    passes: [
      { program: ofRow, reads: { a: 'input0' }, writes: 'scratch', constants },
      { program: ofValue, reads: { a: 'input0', rows: 'scratch' }, writes: 'output', constants },
    ],
  };
}
