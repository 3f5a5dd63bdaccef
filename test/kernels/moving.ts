import fc from 'fast-check';
import type { Move, Quadruple } from '../../runtime-js/artifact/kernel.ts';
import type { Problem } from './problem.ts';
import { integers } from './random.ts';

const extent = fc.integer({ min: 1, max: 9 });
const pair = <T>(value: fc.Arbitrary<T>) => fc.tuple(value, value);
const small = fc.integer({ min: 1, max: 3 });

const values = (seed: number, n: number, float: boolean): Int16Array | Float32Array =>
  float ? Float32Array.from(integers(seed)(n, -999, 999)) : Int16Array.from(integers(seed)(n, -255, 255));

const quadruple = (list: readonly number[]): Quadruple => [list[0]!, list[1]!, list[2]!, list[3]!];

/** A dense box of x, its axes in any order, somewhere in a larger output. */
export const moveProblem: fc.Arbitrary<Problem<'move'>> = fc
  .record({
    extents: fc.tuple(small, extent, extent, extent),
    order: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
    before: fc.integer({ min: 0, max: 9 }),
    behind: fc.integer({ min: 0, max: 9 }),
    float: fc.boolean(),
    seed: fc.nat(),
  })
  .map(({ extents, order, before, behind, float, seed }) => {
    const strides = (axes: readonly number[]): Quadruple => {
      const result = [0, 0, 0, 0];
      let stride = 1;
      for (const axis of axes.toReversed()) {
        result[axis] = stride;
        stride *= extents[axis]!;
      }
      return quadruple(result);
    };
    const n = extents.reduce((product, value) => product * value, 1);
    const box: Move = {
      input: 0,
      extents: quadruple(extents),
      from: 0,
      fromStrides: strides(order),
      to: before,
      toStrides: strides([0, 1, 2, 3]),
    };
    return {
      kernel: { kind: 'move', boxes: [box], clear: true, float },
      inputs: [values(seed, n, float)],
      constants: [],
      size: before + n + behind,
    };
  });

export const gatherProblem: fc.Arbitrary<Problem<'gather'>> = fc
  .record({ outer: small, extent, count: extent, run: fc.integer({ min: 1, max: 20 }), float: fc.boolean(), seed: fc.nat() })
  .map(({ outer, extent: n, count, run, float, seed }) => ({
    kernel: { kind: 'gather', outer, extent: n, count, run, float },
    inputs: [values(seed, outer * n * run, float)],
    constants: [{ values: Int32Array.from(integers(seed)(count, 0, n - 1)), shape: [count] }],
    size: outer * count * run,
  }));

interface Sliding {
  readonly input: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly pads: readonly [number, number];
}

/** Whether each window along an axis has a tap in the image: one in the padding alone has no mean, and no model has one. */
function hasData({ input, kernel, strides, dilations, pads }: Sliding, output: readonly [number, number], axis: 0 | 1): boolean {
  const seen = (at: number): boolean =>
    Array.from({ length: kernel[axis] }, (_, tap) => at * strides[axis] - pads[axis] + tap * dilations[axis]).some(
      (place) => place >= 0 && place < input[axis],
    );
  return output[axis] > 0 && Array.from({ length: output[axis] }, (_, at) => at).every(seen);
}

export const poolProblem: fc.Arbitrary<Problem<'pool'>> = fc
  .record({
    fn: fc.constantFrom('max', 'average'),
    input: pair(extent),
    kernel: pair(small),
    strides: pair(small),
    dilations: pair(fc.constantFrom(1, 1, 2)),
    pads: pair(fc.integer({ min: 0, max: 1 })),
    channels: fc.oneof(fc.constantFrom(1, 3, 8, 9, 16), fc.integer({ min: 1, max: 20 })),
    counted: fc.boolean(),
    away: fc.option(fc.integer({ min: -128, max: 127 })),
    seed: fc.nat(),
  })
  .map((p) => {
    const along = (axis: 0 | 1): number =>
      Math.floor((p.input[axis] + 2 * p.pads[axis] - (p.kernel[axis] - 1) * p.dilations[axis] - 1) / p.strides[axis]) + 1;
    return { p, output: [along(0), along(1)] as const };
  })
  .filter(({ p, output }) => hasData(p, output, 0) && hasData(p, output, 1))
  .map(({ p: { fn, input, kernel, strides, dilations, pads, channels, counted, away, seed }, output }) => ({
    kernel: {
      kind: 'pool',
      fn,
      input,
      output,
      kernel,
      strides,
      dilations,
      pads,
      channels,
      counted: counted ? pads : null,
      awayFrom: away,
    },
    inputs: [Int16Array.from(integers(seed)(input[0] * input[1] * channels, -255, 255))],
    constants: [],
    size: output[0] * output[1] * channels,
  }));
