import { threads } from './each.ts';
import type { Program } from './define.ts';

/**
 * Sums over depth, out of words of four bytes: out[row][o] = bias[o] + sum over k of a[row][k] . w[o][k]; for each of some phases, whose numbers
 * may differ. Numbers are expressions of WGSL, which may see `phase`: literals, or entries of `constants`, where other programs are to
 * have the same text, and need not be compiled again.
 */
export interface Sums {
  readonly phases: number;
  /** Rows of a window: pixels, or 1. */
  readonly rows: string;
  readonly outputs: string;
  /** Words of a row of weights. */
  readonly depth: string;
  /** Where weights and bias begin in `constants`. */
  readonly weights: string;
  readonly bias: string;
  /** Whether a has two words for four values (layout.ts). */
  readonly narrow: boolean;
  /**
   * WGSL: `load(phase, row, k)`, the k-th words of a row of a, vec2(lower, upper); and `finish(phase, row, o, sums)`, which writes the outputs
   * o to o + 3 of a row. Rows are numbered through all windows.
   */
  readonly functions: string;
  /** Of a window, the most of all phases; and outputs. */
  readonly extent: { readonly rows: number; readonly outputs: number };
}

/** Rows and outputs of a tile: 16 sums per thread, 4 rows x 4 outputs. */
interface Tile {
  readonly rows: number;
  readonly columns: number;
  /** Words of depth at once: workgroup memory is 16 KiB at least. */
  readonly step: number;
}

function tileOf(outputs: number): Tile {
  const columns = [4, 8, 16].find((width) => outputs <= width) ?? 32;
  const rows = (16 * threads) / columns;
  return { rows, columns, step: rows > 64 ? 4 : 8 };
}

/**
 * Tiles in workgroup memory: a word that is loaded serves all outputs or rows of the tile. Sums wrap around modulo 2^32, as i32 do in WGSL and in
 * the reference, so that their order does not matter.
 */
export function tiled(sums: Sums): Program {
  const { phases, functions, depth, rows, outputs, narrow, extent } = sums;
  const tile = tileOf(extent.outputs);
  const across = Math.ceil(extent.outputs / tile.columns);
  const acrossThreads = tile.columns / 4;
  const upper = (text: string): string => (narrow ? '' : text);
  const code = `${functions}${memoryOf(tile, narrow)}
${entry}
  let phase = number % ${phases}u;
  let tiles_across = (${outputs} + ${tile.columns - 1}u) / ${tile.columns}u;
  let first_row = (number / ${phases}u / tiles_across) * ${tile.rows}u;
  let first_output = (number / ${phases}u % tiles_across) * ${tile.columns}u;
  let depth = ${depth};
  let outputs = ${outputs};
  let all_rows = params.windows * ${rows};
  let row = (thread / ${acrossThreads}u) * 4u;
  let column = (thread % ${acrossThreads}u) * 4u;
  var sums: array<vec4<i32>, 4>;
  ${upper('var uppers: array<vec4<i32>, 4>;')}
  for (var k0 = 0u; k0 < depth; k0 += ${tile.step}u) {
    ${fill(tile, sums)}
    workgroupBarrier();
    ${addUp(tile, narrow)}
    workgroupBarrier();
  }
  let o = first_output + column;
  if (o >= outputs) { return; }
  let start = bias_at(${sums.bias}, o, outputs);
  for (var r = 0u; r < 4u; r++) {
    if (first_row + row + r < all_rows) {
      finish(phase, first_row + row + r, o, start + sums[r]${upper(' + uppers[r] * 256')});
    }
  }
}
${biasAt}`;
  return { code, groups: (windows) => Math.ceil((windows * extent.rows) / tile.rows) * across * phases };
}

const entry = `
@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let number = group.x + group.y * grid.x;`;

/** Rows of one more word, so that the threads that fill them meet in fewer banks. */
const memoryOf = ({ rows, columns, step }: Tile, narrow: boolean): string => `
var<workgroup> tile_a: array<u32, ${(rows + 1) * step}>;
${narrow ? '' : `var<workgroup> tile_u: array<u32, ${(rows + 1) * step}>;`}
var<workgroup> tile_w: array<u32, ${(columns + 1) * step}>;`;

const fill = ({ rows, columns, step }: Tile, { narrow, weights }: Sums): string => `
    for (var at = thread; at < ${rows * step}u; at += ${threads}u) {
      let k = k0 + at % ${step}u;
      let r = at / ${step}u;
      var words = vec2<u32>();
      if (k < depth && first_row + r < all_rows) { words = load(phase, first_row + r, k); }
      tile_a[(at % ${step}u) * ${rows + 1}u + r] = words.x;
      ${narrow ? '' : `tile_u[(at % ${step}u) * ${rows + 1}u + r] = words.y;`}
    }
    for (var at = thread; at < ${columns * step}u; at += ${threads}u) {
      let k = k0 + at % ${step}u;
      let o = at / ${step}u;
      var word = 0u;
      if (k < depth && first_output + o < outputs) { word = constants[${weights} + (first_output + o) * depth + k]; }
      tile_w[(at % ${step}u) * ${columns + 1}u + o] = word;
    }`;

const addUp = ({ rows, columns, step }: Tile, narrow: boolean): string => `
    for (var k = 0u; k < ${step}u; k++) {
      let w = k * ${columns + 1}u + column;
      let w0 = tile_w[w];
      let w1 = tile_w[w + 1u];
      let w2 = tile_w[w + 2u];
      let w3 = tile_w[w + 3u];
      for (var r = 0u; r < 4u; r++) {
        let a = tile_a[k * ${rows + 1}u + row + r];
        sums[r] += vec4<i32>(dot_bytes(a, w0), dot_bytes(a, w1), dot_bytes(a, w2), dot_bytes(a, w3));
        ${
          narrow
            ? ''
            : `let u = tile_u[k * ${rows + 1}u + row + r];
        uppers[r] += vec4<i32>(dot_bytes(u, w0), dot_bytes(u, w1), dot_bytes(u, w2), dot_bytes(u, w3));`
        }
      }
    }`;

/**
 * A workgroup for four outputs of one row: its threads share the depth, then add up what they have. For few rows, which would leave most of a
 * tile empty; each weight is read once for each of them. Of one phase.
 */
export function rowByRow({ rows, outputs, depth, narrow, functions, weights, bias, extent }: Sums): Program {
  const upper = (text: string): string => (narrow ? '' : text);
  const code = `${functions}
var<workgroup> parts: array<vec4<i32>, ${threads}>;
${entry}
  let outputs = ${outputs};
  let depth = ${depth};
  let across = (outputs + 3u) / 4u;
  let row = number / across;
  let o = (number % across) * 4u;
  let is_row = row < params.windows * ${rows};
  var sums = vec4<i32>();
  if (is_row) {
    // Rows of weights beyond the last are read as the last: what comes of them is not written.
    let w = vec4<u32>(${weights}) + min(vec4<u32>(o, o + 1u, o + 2u, o + 3u), vec4<u32>(outputs - 1u)) * depth;
    for (var k = thread; k < depth; k += ${threads}u) {
      let a = load(0u, row, k);
      let v = vec4<u32>(constants[w.x + k], constants[w.y + k], constants[w.z + k], constants[w.w + k]);
      sums += vec4<i32>(dot_bytes(a.x, v.x), dot_bytes(a.x, v.y), dot_bytes(a.x, v.z), dot_bytes(a.x, v.w));
      ${upper('sums += vec4<i32>(dot_bytes(a.y, v.x), dot_bytes(a.y, v.y), dot_bytes(a.y, v.z), dot_bytes(a.y, v.w)) * 256;')}
    }
  }
  parts[thread] = sums;
  workgroupBarrier();
  // Eight threads add up eight parts each, one adds these.
  if (thread < 8u) {
    for (var i = thread + 8u; i < ${threads}u; i += 8u) { sums += parts[i]; }
    parts[thread] = sums;
  }
  workgroupBarrier();
  if (thread == 0u && is_row) {
    for (var i = 1u; i < 8u; i++) { sums += parts[i]; }
    finish(0u, row, o, bias_at(${bias}, o, outputs) + sums);
  }
}
${biasAt}`;
  return { code, groups: (windows) => windows * extent.rows * Math.ceil(extent.outputs / 4) };
}

const biasAt = `
fn bias_at(first: u32, o: u32, outputs: u32) -> vec4<i32> {
  var values = vec4<i32>();
  for (var j = 0u; j < min(4u, outputs - o); j++) { values[j] = i32(constants[first + o + j]); }
  return values;
}
`;
