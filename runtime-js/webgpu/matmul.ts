import { asWords, defineShader, joinConstants } from './define.ts';
import { unitsOf, unitsPerRow, wordsOf, type Layout, type Packed } from './layout.ts';
import { correctedBias, packWeights, putOf } from './sums.ts';
import { rowByRow, tiled, type Sums } from './tile.ts';

export const matmul = defineShader<'matmul'>({
  lower: (kernel, { inputs: [input], output, constants: [w, bias, multiplier] }) => {
    const x = packed(input!);
    const depth = unitsOf(x);
    const bytesPerRow = 4 * unitsPerRow(x);
    // Weights lie as the values do that they meet: rows that end in the middle of a word are filled up with zeros.
    const weights = packWeights(output.size, depth, (o, i) => {
      const column = i % bytesPerRow;
      return column < x.row ? w![o * x.size + Math.floor(i / bytesPerRow) * x.row + column]! : 0;
    });
    const { constants, offsets } = joinConstants([
      weights,
      correctedBias(bias!, weights, depth, x),
      ...(multiplier === undefined ? [] : [asWords(multiplier)]),
    ]);
    const sums: Sums = {
      rows: 1,
      outputs: output.size,
      depth,
      narrow: x.narrow,
      weights: 0,
      bias: offsets[1]!,
      functions: `
fn load(row: u32, k: u32) -> vec2<u32> {
  let at = row * ${wordsOf(x)}u + k${x.narrow ? '' : ' * 2u'};
  return vec2<u32>(a[at], ${x.narrow ? '0u' : 'a[at + 1u]'});
}
${putOf(output, output.size, kernel, offsets[2] ?? 0)}
fn finish(row: u32, o: u32, sums: vec4<i32>) { put(row, 0u, o, sums); }
`,
    };
    const pass = {
      program: tiled(sums),
      few: rowByRow(sums),
      reads: { a: 'input0' },
      writes: 'output',
      constants,
    };
    return { passes: [pass], scratch: null };
  },
  outputRow: (_, size) => size,
});

/** Layers read x'. */
export function packed(layout: Layout): Packed {
  if (layout.kind === 'packed') return layout;
  throw new Error('internal: a layer reads a value that is not quantized');
}
