import fc from 'fast-check';
import type { Convolution, Result } from '../../runtime-js/artifact/kernel.ts';
import { maxFloat } from '../../compiler/quantize/parameters.ts';
import type { Problem } from './problem.ts';
import { integers } from './random.ts';

const extent = fc.integer({ min: 1, max: 11 });
const pair = <T>(value: fc.Arbitrary<T>) => fc.tuple(value, value);
const small = fc.integer({ min: 1, max: 3 });

const geometry = fc.record({
  input: pair(extent),
  taps: pair(fc.integer({ min: 1, max: 4 })),
  strides: pair(small),
  dilations: pair(fc.oneof(fc.constant(1), small)),
  pads: pair(fc.integer({ min: 0, max: 2 })),
  more: pair(fc.integer({ min: 0, max: 2 })),
  groups: fc.oneof(fc.constant(1), small),
  perGroup: fc.oneof(fc.constantFrom(1, 2, 3, 8, 9), fc.integer({ min: 1, max: 17 })),
  outputsPerGroup: fc.oneof(fc.constantFrom(1, 2, 5, 8, 12, 17), fc.integer({ min: 1, max: 20 })),
  depthwise: fc.integer({ min: 0, max: 20 }),
  result: fc.constantFrom<Result>('i16', 'i16', 'f32', 'i32'),
  wide: fc.boolean(),
  seed: fc.nat(),
});

type Geometry = typeof geometry extends fc.Arbitrary<infer G> ? G : never;

function problemOf<K extends 'conv' | 'convTranspose'>(
  kind: K,
  output: readonly [number, number],
  { input, taps, strides, dilations, pads, groups, perGroup, outputsPerGroup, result, wide, seed }: Geometry,
): Problem<K> {
  const draw = integers(seed);
  const channels = [groups * perGroup, groups * outputsPerGroup] as const;
  const depth = taps[0] * taps[1] * perGroup;
  // Beyond 255, which an int8 activation never is: as far as `narrow` allows, or as the sums do.
  const limit = wide ? Math.min(32_767, Math.floor(2 ** 30 / (127 * depth))) : 327;
  const bounds = result === 'f32' ? { low: -maxFloat, high: maxFloat } : { low: -100, high: 155 };
  const reach = depth * 127 * limit + 2 ** 20;
  const sliding = { input, output, kernel: taps, strides, dilations, pads };
  const kernel: Convolution = { ...sliding, channels, groups, short: reach < 2 ** 23, result, ...bounds };
  const w = Int8Array.from(draw(channels[1] * depth, -127, 127));
  return {
    // The one cast: `kind` is K, which TypeScript does not see through the generic.
    kernel: (kind === 'conv' ? { kind, narrow: !wide, ...kernel } : { kind, ...kernel }) as Problem<K>['kernel'],
    inputs: [Int16Array.from(draw(input[0] * input[1] * channels[0], -limit, limit))],
    constants: [
      { values: w, shape: [channels[1], ...taps, perGroup] },
      { values: Int32Array.from(draw(channels[1], -(2 ** 20), 2 ** 20)), shape: [channels[1]] },
      { values: Float32Array.from(draw(channels[1], 1, 999), (v) => v * (wide ? 1e-7 : 4e-6)), shape: [channels[1]] },
    ],
    size: output[0] * output[1] * channels[1],
  };
}

const depthwiseOr = (g: Geometry): Geometry =>
  g.depthwise < 8 ? g : { ...g, groups: g.depthwise, perGroup: 1, outputsPerGroup: 1 };

/** What Winograd's convolution is for, with tiles that hang over the edge and channels that are no multiples of 8 among them. */
const winograd = fc
  .record({
    shared: geometry,
    input: pair(fc.integer({ min: 6, max: 20 })),
    perGroup: fc.oneof(fc.constantFrom(8, 16, 24), fc.integer({ min: 3, max: 26 })),
    outputsPerGroup: fc.oneof(fc.constantFrom(8, 16, 24), fc.integer({ min: 8, max: 26 })),
  })
  .map(({ shared, ...g }): Geometry => {
    const one = [1, 1] as [number, number];
    const strides = shared.strides[0] === 1 ? one : ([2, 2] as [number, number]);
    return { ...shared, ...g, taps: [3, 3], strides, dilations: one, groups: 1, depthwise: 0, wide: false };
  });

export const convProblem: fc.Arbitrary<Problem<'conv'>> = fc
  .oneof({ weight: 3, arbitrary: geometry }, { weight: 1, arbitrary: winograd })
  .map((g) => {
    const { input, taps, strides, dilations, pads, more } = g;
    const along = (axis: 0 | 1): number =>
      Math.floor((input[axis] + pads[axis] + more[axis] - (taps[axis] - 1) * dilations[axis] - 1) / strides[axis]) + 1;
    return { g: depthwiseOr(g), output: [along(0), along(1)] as const };
  })
  .filter(({ output }) => output[0] > 0 && output[1] > 0)
  .map(({ g, output }) => problemOf('conv', output, g));

export const convTransposeProblem: fc.Arbitrary<Problem<'convTranspose'>> = geometry
  .map((g) => {
    const { input, taps, strides, dilations, pads, more } = g;
    const along = (axis: 0 | 1): number =>
      (input[axis] - 1) * strides[axis] + (taps[axis] - 1) * dilations[axis] + 1 - 2 * pads[axis] + more[axis];
    return { g, output: [along(0), along(1)] as const };
  })
  .filter(({ output }) => output[0] > 0 && output[1] > 0)
  .map(({ g, output }) => problemOf('convTranspose', output, g));
