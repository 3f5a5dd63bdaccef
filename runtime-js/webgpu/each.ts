import { unitsOf, unitsPerRow, writerOf, type Layout } from './layout.ts';
import type { Lowered, Operand, Operands, Pass, Program } from './define.ts';

/** Threads of a workgroup, in all programs. */
export const threads = 64;

/** WGSL of the entry point; `body` sees `index`, the number of this thread. */
export const mainOf = (body: string): string => `
@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = (group.x + group.y * grid.x) * ${threads}u + thread;
  ${body}
}
`;

/** A program of one thread for each of `perWindow` units; `body` sees `window` and `unit`. */
export const perUnit = (perWindow: number, functions: string, body: string): Program => ({
  code: `${functions}${mainOf(`
  let window = index / ${perWindow}u;
  let unit = index % ${perWindow}u;
  if (window >= params.windows) { return; }
  ${body}`)}`,
  groups: (windows) => Math.ceil((windows * perWindow) / threads),
});

/**
 * A program that gives each value of its output by itself. `functions` holds `value(window: u32, i: u32)`, which gives an i32 where the output is
 * x' or i32, the bits of an f32 else.
 */
export function eachValue(output: Layout, functions: string): Program {
  if (output.kind === 'word') {
    const value = output.integer ? 'bitcast<u32>(value(window, unit))' : 'value(window, unit)';
    return perUnit(output.size, functions, `out[window * ${output.size}u + unit] = ${value};`);
  }
  const perRow = unitsPerRow(output);
  const { row } = output;
  const rest = row % 4 === 0 ? '' : `if (column + j >= ${row}u) { break; }`;
  return perUnit(
    unitsOf(output),
    functions + writerOf(output),
    `
  let column = (unit % ${perRow}u) * 4u;
  let first = (unit / ${perRow}u) * ${row}u + column;
  var values = vec4<i32>();
  for (var j = 0u; j < 4u; j++) {
    ${rest}
    values[j] = value(window, first + j);
  }
  store(window, unit, values);`,
  );
}

/** The names of a node's inputs in WGSL: a, b, ... */
export const inputNames = 'abcdefgh';

export const readsOf = (count: number): Record<string, Operand> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [inputNames[i]!, `input${i}`]));

/** A node of one pass over all its inputs, value by value. */
export function eachOf({ inputs, output }: Operands, constants: Uint32Array<ArrayBuffer> | null, functions: string): Lowered {
  const pass: Pass = {
    program: eachValue(output, functions),
    reads: readsOf(inputs.length),
    writes: 'output',
    constants,
  };
  return { passes: [pass], scratch: null };
}
