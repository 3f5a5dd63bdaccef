import fc from 'fast-check';
import type { Beside, LooksAt, ScoredModel, Seen } from '../../compiler/score/define.ts';
import { definitionOf } from '../../compiler/score/table.ts';
import { sizeOf, type Shape } from '../../compiler/ir/tensor.ts';
import type { ScoreFunction } from '../../runtime-js/artifact/manifest.ts';

/** Values that fit each other: windows, their reconstructions and codes, the last of which is scored, the others are what is normal. */
export interface Problem {
  readonly shape: Shape;
  readonly code: number;
  readonly windows: readonly Seen<'distribution'>[];
}

const shapes: Readonly<Record<'vector' | 'image', fc.Arbitrary<Shape>>> = {
  vector: fc.integer({ min: 1, max: 70 }).map((n) => [1, n]),
  image: fc
    .record({
      height: fc.integer({ min: 7, max: 12 }),
      width: fc.integer({ min: 7, max: 20 }),
      channels: fc.integer({ min: 1, max: 4 }),
    })
    .chain(({ height, width, channels }) => fc.constantFrom([1, height, width, channels], [1, channels, height, width])),
};

const values = (n: number, size: number): fc.Arbitrary<Float32Array> =>
  fc
    .array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -size, max: size }), { minLength: n, maxLength: n })
    .map((list) => Float32Array.from(list));

export function problems(kind: keyof typeof shapes): fc.Arbitrary<Problem> {
  return fc.tuple(shapes[kind], fc.integer({ min: 1, max: 33 }), fc.constantFrom(1, 1000)).chain(([shape, code, size]) => {
    const n = sizeOf(shape);
    const window = fc.record({ x: values(n, size), y: values(n, size), code: values(code, 4), logVariance: values(code, 20) });
    return fc.array(window, { minLength: 4, maxLength: 6 }).map((windows) => ({ shape, code, windows }));
  });
}

export function besideOf<T>(looksAt: LooksAt, code: T, logVariance: T): Beside<T>[LooksAt] {
  if (looksAt === 'reconstruction') return {};
  return looksAt === 'code' ? { code } : { code, logVariance };
}

export const modelOf = (name: ScoreFunction, { shape, code }: Problem): ScoredModel<LooksAt> => ({
  shape,
  sizes: besideOf(definitionOf(name).looksAt, code, code),
});

export function fittedTo(name: ScoreFunction, problem: Problem): Float32Array {
  const fitting = definitionOf(name).fit(modelOf(name, problem));
  for (const window of problem.windows.slice(0, -1)) fitting?.look(window);
  return fitting?.finish() ?? new Float32Array(0);
}
