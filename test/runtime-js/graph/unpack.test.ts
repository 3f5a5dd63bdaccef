import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leb, concat } from '../../../runtime-js/artifact/sections.ts';
import type { GraphConstant } from '../../../runtime-js/artifact/graph.ts';
import type { KernelKind } from '../../../runtime-js/artifact/kernel.ts';
import { Image } from '../../../runtime-js/graph/image.ts';
import { constantsOf } from '../../../runtime-js/graph/unpack.ts';
import { definitionOf } from '../../../compiler/kernels/interpret.ts';
import { constantsRead, problems, type Problem } from '../../kernels/problem.ts';

/** The pieces as a data section, and where each begins. */
function place(pieces: readonly Uint8Array[]): { readonly image: Image; readonly addresses: readonly number[] } {
  const addresses = pieces.map(
    (_, i) => 16 + pieces.slice(0, i).reduce((end, { length }) => end + 16 * Math.ceil(length / 16), 0),
  );
  const memory = new Uint8Array(16 + pieces.reduce((end, { length }) => end + 16 * Math.ceil(length / 16), 0));
  pieces.forEach((piece, i) => memory.set(piece, addresses[i]!));
  // As the compiler does, without the zeros at the end.
  const bytes = memory.subarray(0, memory.findLastIndex((byte) => byte !== 0) + 1);
  const content = concat([Uint8Array.of(1, 0, 0x41, 0, 0x0b), leb(bytes.length), bytes]);
  return { image: new Image(content, 'test'), addresses };
}

const value = (values: number) => ({ dtype: 'f32', shape: [values] }) as const;

/** The constants; of a transposed convolution, which does not store weights that meet no output, what it gives with them. */
const known = ({ kernel, inputs, size }: Problem<KernelKind>, constants: readonly GraphConstant[]) =>
  kernel.kind === 'convTranspose' ? definitionOf(kernel).reference(kernel, inputs, constants, size, {}) : constants;

const others = (Object.keys(problems) as KernelKind[]).filter((kind) => kind !== 'recurrent');

describe.each(['simd', 'scalar'] as const)('target %s', (target) => {
  test.each(others)('%s: what is packed for wasm is read as it was, over random shapes', (kind) => {
    const arbitrary = problems[kind] as fc.Arbitrary<Problem<KernelKind>>;
    fc.assert(
      fc.property(arbitrary, (problem) => {
        const { kernel, inputs, size } = problem;
        const constants = constantsRead(problem);
        const { image, addresses } = place(definitionOf(kernel).pack(constants, target, kernel));
        const node = { kernel, inputs: [0], constants: addresses, output: 1 };
        const found = constantsOf(node, [value(inputs[0]!.length), value(size)], image, target);
        const expected = constants.map(({ values }) => values);
        expect(known(problem, found)).toEqual(known(problem, expected));
      }),
      { numRuns: 40, seed: 20_261_126 },
    );
  });
});
