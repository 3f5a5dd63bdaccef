import { threads } from './each.ts';
import type { Program } from './define.ts';

/** Sums over depth, out of words of four bytes: out[row][o] = bias[o] + sum over k of a[row][k] . w[o][k]. */
export interface Sums {
  /** Rows of a window: pixels, or 1. */
  readonly rows: number;
  readonly outputs: number;
  /** Words of a row of weights. */
  readonly depth: number;
  /** Whether a has two words for four values (layout.ts). */
  readonly narrow: boolean;
  /**
   * WGSL: `load(row, k)`, the k-th words of a row of a, vec2(lower, upper); and `finish(row, o, sums)`, which writes the outputs
   * o to o + 3 of a row. Rows are numbered through all windows.
   */
  readonly functions: string;
  /** Where weights and bias begin in `constants`. */
  readonly weights: number;
  readonly bias: number;
}

/** Rows and outputs of a tile: 16 sums per thread, 4 rows x 4 outputs. */
function tileOf(outputs: number): { readonly rows: number; readonly columns: number } {
  const columns = [4, 8, 16].find((width) => outputs <= width) ?? 32;
  return { rows: (16 * threads) / columns, columns };
}

/**
 * Tiles in workgroup memory: a word that is loaded serves all outputs or rows of the tile. Sums wrap around modulo 2^32, as i32 do in WGSL and in
 * the reference, so that their order does not matter.
 */
export function tiled({ rows, outputs, depth, narrow, functions, weights, bias }: Sums): Program {
  const tile = tileOf(outputs);
  // Words of depth at once: workgroup memory is 16 KiB at least.
  const step = tile.rows > 64 ? 4 : 8;
  const [strideA, strideW] = [tile.rows + 1, tile.columns + 1];
  const acrossTiles = Math.ceil(outputs / tile.columns);
  const acrossThreads = tile.columns / 4;
  const upper = (text: string): string => (narrow ? '' : text);
  const fill = (name: string, count: number, body: string): string => `
    for (var at = thread; at < ${count * step}u; at += ${threads}u) {
      let k = k0 + at % ${step}u;
      let ${name} = at / ${step}u;
      ${body}
    }`;
  const code = `
${functions}
var<workgroup> tile_a: array<u32, ${strideA * step}>;
${upper(`var<workgroup> tile_u: array<u32, ${strideA * step}>;`)}
var<workgroup> tile_w: array<u32, ${strideW * step}>;

@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let number = group.x + group.y * grid.x;
  let first_row = (number / ${acrossTiles}u) * ${tile.rows}u;
  let first_output = (number % ${acrossTiles}u) * ${tile.columns}u;
  let all_rows = params.windows * ${rows}u;
  let row = (thread / ${acrossThreads}u) * 4u;
  let column = (thread % ${acrossThreads}u) * 4u;
  var sums: array<vec4<i32>, 4>;
  ${upper('var uppers: array<vec4<i32>, 4>;')}
  for (var k0 = 0u; k0 < ${depth}u; k0 += ${step}u) {${fill(
    'r',
    tile.rows,
    `var words = vec2<u32>();
      if (k < ${depth}u && first_row + r < all_rows) { words = load(first_row + r, k); }
      tile_a[(at % ${step}u) * ${strideA}u + r] = words.x;
      ${upper(`tile_u[(at % ${step}u) * ${strideA}u + r] = words.y;`)}`,
  )}${fill(
    'o',
    tile.columns,
    `var word = 0u;
      if (k < ${depth}u && first_output + o < ${outputs}u) { word = constants[${weights}u + (first_output + o) * ${depth}u + k]; }
      tile_w[(at % ${step}u) * ${strideW}u + o] = word;`,
  )}
    workgroupBarrier();
    for (var k = 0u; k < ${step}u; k++) {
      let w = k * ${strideW}u + column;
      let w0 = tile_w[w];
      let w1 = tile_w[w + 1u];
      let w2 = tile_w[w + 2u];
      let w3 = tile_w[w + 3u];
      for (var r = 0u; r < 4u; r++) {
        let a = tile_a[k * ${strideA}u + row + r];
        sums[r] += vec4<i32>(dot_bytes(a, w0), dot_bytes(a, w1), dot_bytes(a, w2), dot_bytes(a, w3));
        ${upper(`let u = tile_u[k * ${strideA}u + row + r];
        uppers[r] += vec4<i32>(dot_bytes(u, w0), dot_bytes(u, w1), dot_bytes(u, w2), dot_bytes(u, w3));`)}
      }
    }
    workgroupBarrier();
  }
  let o = first_output + column;
  if (o >= ${outputs}u) { return; }
  let start = bias_at(o);
  for (var r = 0u; r < 4u; r++) {
    if (first_row + row + r < all_rows) {
      finish(first_row + row + r, o, start + sums[r]${upper(' + uppers[r] * 256')});
    }
  }
}
${biasOf(bias, outputs)}`;
  return { code, groups: (windows) => Math.ceil((windows * rows) / tile.rows) * acrossTiles };
}

/**
 * A workgroup for four outputs of one row: its threads share the depth, then add up what they have. For few rows, which would leave most of a
 * tile empty; each weight is read once for each of them.
 */
export function rowByRow({ rows, outputs, depth, narrow, functions, weights, bias }: Sums): Program {
  const across = Math.ceil(outputs / 4);
  const upper = (text: string): string => (narrow ? '' : text);
  const code = `
${functions}
var<workgroup> parts: array<vec4<i32>, ${threads}>;

@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let number = group.x + group.y * grid.x;
  let row = number / ${across}u;
  let o = (number % ${across}u) * 4u;
  var sums = vec4<i32>();
  if (row < params.windows * ${rows}u) {
    // Rows of weights beyond the last are read as the last: what comes of them is not written.
    let w0 = ${weights}u + o * ${depth}u;
    let w1 = ${weights}u + min(o + 1u, ${outputs - 1}u) * ${depth}u;
    let w2 = ${weights}u + min(o + 2u, ${outputs - 1}u) * ${depth}u;
    let w3 = ${weights}u + min(o + 3u, ${outputs - 1}u) * ${depth}u;
    for (var k = thread; k < ${depth}u; k += ${threads}u) {
      let a = load(row, k);
      let w = vec4<u32>(constants[w0 + k], constants[w1 + k], constants[w2 + k], constants[w3 + k]);
      sums += vec4<i32>(dot_bytes(a.x, w.x), dot_bytes(a.x, w.y), dot_bytes(a.x, w.z), dot_bytes(a.x, w.w));
      ${upper('sums += vec4<i32>(dot_bytes(a.y, w.x), dot_bytes(a.y, w.y), dot_bytes(a.y, w.z), dot_bytes(a.y, w.w)) * 256;')}
    }
  }
  parts[thread] = sums;
  for (var half = ${threads / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) { parts[thread] += parts[thread + half]; }
  }
  if (thread == 0u && row < params.windows * ${rows}u) { finish(row, o, bias_at(o) + parts[0]); }
}
${biasOf(bias, outputs)}`;
  return { code, groups: (windows) => windows * rows * across };
}

const biasOf = (bias: number, outputs: number): string => `
fn bias_at(o: u32) -> vec4<i32> {
  var values = vec4<i32>();
  for (var j = 0u; j < min(4u, ${outputs}u - o); j++) { values[j] = i32(constants[${bias}u + o + j]); }
  return values;
}
`;
