import type { Result } from '../artifact/kernel.ts';
import { asWords, defineShader, joinConstants } from './define.ts';
import { unitsOf, unitsPerRow, wordsOf, type Layout, type Packed } from './layout.ts';
import { centerOf, correctedBias, packWeights, putOf } from './sums.ts';
import { rowByRow, tiled, type Sums } from './tile.ts';
import { multiplierOf } from './wgsl/float32.ts';

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
    const multipliers = multiplier === undefined ? [] : [asWords(multiplier)];
    const numbers = new Int32Array(numberNames.length);
    const { constants, offsets } = joinConstants([numbers, weights, correctedBias(bias!, weights, depth, x), ...multipliers]);
    const [, firstWeight, firstBias, firstMultiplier] = offsets;
    const { low, high } = kernel;
    const [lowBits, highBits] = new Int32Array(Float32Array.of(low, high).buffer);
    constants.set([depth, output.size, firstWeight!, firstBias!, firstMultiplier ?? 0, lowBits!, highBits!]);
    constants.set([wordsOf(output), centerOf(output), wordsOf(x)], numberNames.indexOf('words'));
    const sums: Sums = {
      phases: 1,
      rows: '1u',
      outputs: number('outputs'),
      depth: number('depth'),
      weights: number('weights'),
      bias: number('bias'),
      narrow: x.narrow,
      functions: functionsOf(x.narrow, output, kernel.result, multiplierOf(multipliers[0] ?? [])),
      extent: { rows: 1, outputs: output.size },
    };
    const pass = { program: tiled(sums), few: rowByRow(sums), reads: { a: 'input0' }, writes: 'output', constants };
    return { passes: [pass], scratch: null };
  },
  outputRow: (_, size) => size,
});

/** Numbers at the beginning of `constants`, not in the text: all dense layers of a model then are two or three programs. */
const numberNames = [
  'depth',
  'outputs',
  'weights',
  'bias',
  'multipliers',
  'low',
  'high',
  'words',
  'center',
  'inputWords',
] as const;

const number = (name: (typeof numberNames)[number]): string => `constants[${numberNames.indexOf(name)}]`;

const functionsOf = (narrow: boolean, output: Layout, result: Result, multiply: string): string => `
fn load(phase: u32, row: u32, k: u32) -> vec2<u32> {
  let at = row * ${number('inputWords')} + k${narrow ? '' : ' * 2u'};
  return vec2<u32>(a[at], ${narrow ? '0u' : 'a[at + 1u]'});
}
${putOf(output, result, multiply, {
  outputs: number('outputs'),
  multipliers: number('multipliers'),
  low: number('low'),
  high: number('high'),
  words: number('words'),
  center: `i32(${number('center')})`,
})}
fn finish(phase: u32, row: u32, o: u32, sums: vec4<i32>) { put(row, 0u, o, sums); }
`;

/** Layers read x'. */
export function packed(layout: Layout): Packed {
  if (layout.kind === 'packed') return layout;
  throw new Error('internal: a layer reads a value that is not quantized');
}
