import { defineShader } from './define.ts';
import { eachOf } from './each.ts';
import type { Layout } from './layout.ts';
import { bits, multiplierOf } from './wgsl/float32.ts';

export const product = defineShader<'product'>({
  lower: ({ rows, columns, depth, multiplier, low, high }, operands) => {
    // Four at a time, as far as both rows begin with a word.
    const inWords = operands.inputs.every((input) => beginsWithWord(input, depth)) ? depth - (depth % 4) : 0;
    const units = Math.ceil(depth / 4);
    return eachOf(
      operands,
      null,
      `fn value(window: u32, i: u32) -> i32 {
  let block = i / ${rows * columns}u;
  let row = block * ${rows}u + (i / ${columns}u) % ${rows}u;
  let column = block * ${columns}u + i % ${columns}u;
  var sum = 0;
  for (var unit = 0u; unit < ${inWords / 4}u; unit++) {
    sum += dot(a_unit(window, row * ${units}u + unit), b_unit(window, column * ${units}u + unit));
  }
  for (var k = ${inWords}u; k < ${depth}u; k++) {
    sum += a_at(window, row * ${depth}u + k) * b_at(window, column * ${depth}u + k);
  }
  return round_clamped(${multiplierOf([multiplier])}(f_from_integer(sum), ${bits(multiplier)}), ${bits(low)}, ${bits(high)});
}`,
    );
  },
  inputRow: ({ depth }) => depth,
});

const beginsWithWord = (layout: Layout, depth: number): boolean =>
  layout.kind === 'packed' && (layout.row === depth || (depth % 4 === 0 && layout.row % depth === 0));
