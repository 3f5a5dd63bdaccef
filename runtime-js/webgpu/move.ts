import type { KernelOf, Move } from '../artifact/kernel.ts';
import { defineShader, joinConstants, type Pass } from './define.ts';
import { eachValue, inputNames } from './each.ts';
import { readerOf, type Layout } from './layout.ts';

/** What one pass reads: with its table and its output as many buffers as every device allows a shader. */
const inputsAtOnce = 5;

/** Entries of the table: an index into an input, which one in the upper bits. */
const [indexBits, nothing] = [28, 0xffff_ffff];

/**
 * A table says for each value of the output where it comes from: boxes may lie in any order and stride, and a word of the output may hold
 * values of several.
 */
export const move = defineShader<'move'>({
  lower: ({ boxes }, { inputs, output }) => {
    const sources = sourcesOf(boxes, output.size);
    const passes: Pass[] = [];
    for (let first = 0; first < inputs.length; first += inputsAtOnce) {
      const read = inputs.slice(first, first + inputsAtOnce);
      const table = sources.map((source) => {
        const input = (source >>> indexBits) - first;
        const here = source !== nothing && input >= 0 && input < read.length;
        return here ? ((input << indexBits) | (source & (2 ** indexBits - 1))) >>> 0 : nothing;
      });
      passes.push({
        program: eachValue(output, functionsOf(read, output, first === 0)),
        reads: Object.fromEntries(read.map((_, i) => [inputNames[i]!, `input${first + i}`])),
        writes: 'output',
        constants: joinConstants([table]).constants,
      });
    }
    return { passes, scratch: null };
  },
});

/** Of each value of the output: the last box that reaches it. */
function sourcesOf(boxes: readonly Move[], size: number): Uint32Array {
  const sources = new Uint32Array(size).fill(nothing);
  for (const { input, extents, from, fromStrides, to, toStrides } of boxes) {
    const [n0, n1, n2, n3] = extents;
    for (let i = 0; i < n0 * n1 * n2 * n3; i++) {
      const place = [Math.floor(i / (n1 * n2 * n3)), Math.floor(i / (n2 * n3)) % n1, Math.floor(i / n3) % n2, i % n3];
      const at = (strides: KernelOf<'move'>['boxes'][number]['toStrides']): number =>
        place.reduce((sum, index, axis) => sum + index * strides[axis]!, 0);
      sources[to + at(toStrides)] = ((input << indexBits) | (from + at(fromStrides))) >>> 0;
    }
  }
  return sources;
}

/** What earlier passes wrote stays; the first one begins with zeros. */
function functionsOf(read: readonly Layout[], output: Layout, isFirst: boolean): string {
  const type = output.kind === 'word' && !output.integer ? 'u32' : 'i32';
  const cases = read.map((_, i) => `case ${i}u: { return ${inputNames[i]}_at(window, at); }`).join('\n    ');
  return `
${isFirst ? '' : readerOf('out', output)}
fn value(window: u32, i: u32) -> ${type} {
  let source = constants[i];
  if (source == ${nothing}u) { return ${isFirst ? `${type}(0)` : 'out_at(window, i)'}; }
  let at = source & ${2 ** indexBits - 1}u;
  switch source >> ${indexBits}u {
    ${cases}
    default: { return ${type}(0); }
  }
}
`;
}
