import type { GraphValue } from '../artifact/graph.ts';

/**
 * How a value of one window lies on the device. `word`: f32 or i32, a word each. `packed`: x' in bytes, four to a word, in rows that begin
 * with a word of their own: what is read as pixels of a convolution has one row per pixel, so that a word never holds two.
 * - `narrow`: x' - center is an int8. A word each for four values.
 * - not narrow: x' = 256 * upper + lower + 128, both int8. Two words for four values, the lower ones first.
 * Bytes between the end of a row and its last word are of no value: what multiplies them is 0.
 */
export type Layout =
  | { readonly kind: 'word'; readonly size: number; readonly integer: boolean }
  | {
      readonly kind: 'packed';
      readonly size: number;
      readonly row: number;
      readonly narrow: boolean;
      readonly center: number;
    };

export type Packed = Extract<Layout, { kind: 'packed' }>;

/** Words of a window that a thread makes together: single values, or four bytes of one row. */
export const unitsOf = (layout: Layout): number =>
  layout.kind === 'word' ? layout.size : (layout.size / layout.row) * unitsPerRow(layout);

export const unitsPerRow = ({ row }: Packed): number => Math.ceil(row / 4);

export const wordsPerUnit = (layout: Layout): number => (layout.kind === 'word' || layout.narrow ? 1 : 2);

export const wordsOf = (layout: Layout): number => unitsOf(layout) * wordsPerUnit(layout);

/** `row`: values that are read together, a divisor of the size; null: all of them. */
export function layoutOf(value: GraphValue, row: number | null): Layout {
  const size = value.shape.reduce((product, extent) => product * extent, 1);
  if (value.dtype !== 'i16') return { kind: 'word', size, integer: value.dtype === 'i32' };
  const { low, high } = value;
  const narrow = high - low <= 255;
  const center = !narrow || (low >= -128 && high <= 127) ? 0 : low + 128;
  return { kind: 'packed', size, row: row ?? size, narrow, center };
}

/** The words that four x' = 0 are. */
export const zeroWords = ({ narrow, center }: Packed): { readonly lower: number; readonly upper: number } =>
  narrow ? { lower: 0x0101_0101 * (-center & 255), upper: 0 } : { lower: 0x8080_8080, upper: 0 };

/**
 * WGSL that reads a value from the buffer `name`: `<name>_at(window, i)` gives x' or i32 as i32, f32 as its bits; of packed ones
 * `<name>_unit(window, unit)` gives four x'.
 */
export function readerOf(name: string, layout: Layout): string {
  const words = wordsOf(layout);
  if (layout.kind === 'word') {
    const [type, value] = layout.integer
      ? ['i32', `bitcast<i32>(${name}[window * ${words}u + i])`]
      : ['u32', `${name}[window * ${words}u + i]`];
    return `fn ${name}_at(window: u32, i: u32) -> ${type} { return ${value}; }\n`;
  }
  const { row, narrow, center } = layout;
  const unit = row === layout.size || row % 4 === 0 ? 'i / 4u' : `(i / ${row}u) * ${unitsPerRow(layout)}u + (i % ${row}u) / 4u`;
  const byte = row === layout.size || row % 4 === 0 ? 'i % 4u' : `(i % ${row}u) % 4u`;
  const [one, four] = narrow
    ? [`return (i32(${name}[at] << left) >> 24u) + ${center};`, `return unpack(${name}[at]) + vec4<i32>(${center});`]
    : [
        `return (i32(${name}[at + 1u] << left) >> 24u) * 256 + (i32(${name}[at] << left) >> 24u) + 128;`,
        `return unpack(${name}[at + 1u]) * 256 + unpack(${name}[at]) + vec4<i32>(128);`,
      ];
  return `
fn ${name}_at(window: u32, i: u32) -> i32 {
  let at = window * ${words}u + (${unit}) * ${wordsPerUnit(layout)}u;
  let left = 24u - 8u * (${byte});
  ${one}
}
fn ${name}_unit(window: u32, unit: u32) -> vec4<i32> {
  let at = window * ${words}u + unit * ${wordsPerUnit(layout)}u;
  ${four}
}
`;
}

/** WGSL that writes four x' to the buffer `out`: `store(window, unit, values)`. The numbers may be expressions instead of literals. */
export function writerOf(
  layout: Packed,
  { words, center } = { words: `${wordsOf(layout)}u`, center: `${layout.center}` },
): string {
  const at = `let at = window * ${words} + unit * ${wordsPerUnit(layout)}u;`;
  const body = layout.narrow
    ? `out[at] = pack(values - vec4<i32>(${center}));`
    : `out[at] = pack((values & vec4<i32>(255)) ^ vec4<i32>(128)); out[at + 1u] = pack(values >> vec4<u32>(8u));`;
  return `fn store(window: u32, unit: u32, values: vec4<i32>) { ${at} ${body} }\n`;
}
