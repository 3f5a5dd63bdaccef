import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { functionOf } from '../../compiler/emit/score.ts';
import type { Beside, LooksAt, ScoredModel, Seen } from '../../compiler/score/define.ts';
import { definitionOf } from '../../compiler/score/table.ts';
import { sizeOf, type Shape } from '../../compiler/ir/tensor.ts';
import { scoreFunctions, type ScoreFunction } from '../../runtime-js/artifact/manifest.ts';
import { loadKernels, type KernelModule } from './target.ts';

/** Values that fit each other: windows, their reconstructions and codes, the last of which is scored, the others are what is normal. */
interface Problem {
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

function problems(kind: keyof typeof shapes): fc.Arbitrary<Problem> {
  return fc.tuple(shapes[kind], fc.integer({ min: 1, max: 33 }), fc.constantFrom(1, 1000)).chain(([shape, code, size]) => {
    const n = sizeOf(shape);
    const window = fc.record({ x: values(n, size), y: values(n, size), code: values(code, 4), logVariance: values(code, 20) });
    return fc.array(window, { minLength: 4, maxLength: 6 }).map((windows) => ({ shape, code, windows }));
  });
}

function besideOf<T>(looksAt: LooksAt, code: T, logVariance: T): Beside<T>[LooksAt] {
  if (looksAt === 'reconstruction') return {};
  return looksAt === 'code' ? { code } : { code, logVariance };
}

/** Lays out a problem and calls the score's function. Gives score and errors. */
function runOn({ memory, call }: KernelModule, name: ScoreFunction, problem: Problem, fitted: Float32Array) {
  const definition = definitionOf(name);
  const floats = new Float32Array(memory.buffer);
  floats.fill(0);
  let end = 0;
  const put = (part: Float32Array): number => {
    const address = end;
    floats.set(part, address / 4);
    end += Math.ceil((part.byteLength + 16) / 16) * 16;
    return address;
  };
  const { x, y, code, logVariance } = problem.windows.at(-1)!;
  const model = modelOf(name, problem);
  const errors = new Float32Array(x.length);
  const places = [x, y, errors].map(put);
  const place = {
    ...besideOf(definition.looksAt, put(code), put(logVariance)),
    constants: definition.constants(fitted, model).map(put),
    scratch: put(new Float32Array(definition.scratchBytes(model) / 4)),
  };
  const args = [...places, x.length, ...definition.extra(place, model)].map(String);
  const run = () => call({ module: '', name: functionOf(name), args });
  // Twice: what it scribbled on does not matter.
  run();
  return { score: run(), errors: floats.slice(places[2]! / 4, places[2]! / 4 + x.length) };
}

const modelOf = (name: ScoreFunction, { shape, code }: Problem): ScoredModel<LooksAt> => ({
  shape,
  sizes: besideOf(definitionOf(name).looksAt, code, code),
});

function fittedTo(name: ScoreFunction, problem: Problem): Float32Array {
  const fitting = definitionOf(name).fit(modelOf(name, problem));
  for (const window of problem.windows.slice(0, -1)) fitting?.look(window);
  return fitting?.finish() ?? new Float32Array(0);
}

describe.each(['simd', 'scalar'] as const)('target %s', (target) => {
  let kernels: KernelModule;
  beforeAll(async () => {
    kernels = await loadKernels(target);
  });

  describe.each(scoreFunctions)('%s', (name) => {
    const kind = name === 'ssim' ? 'image' : 'vector';

    test('equals its reference, bit for bit, and so do the errors', () => {
      fc.assert(
        fc.property(problems(kind), (problem) => {
          const fitted = fittedTo(name, problem);
          const seen = problem.windows.at(-1)!;
          const errors = new Float32Array(seen.x.length);
          const expected = definitionOf(name).reference(seen, errors, fitted, modelOf(name, problem));
          expect(runOn(kernels, name, problem, fitted)).toEqual({ score: expected, errors });
        }),
        { numRuns: 100, seed: 20_261_123 },
      );
    });

    test('a NaN in the reconstruction never hides', () => {
      fc.assert(
        fc.property(problems(kind), fc.nat(), (problem, at) => {
          const fitted = fittedTo(name, problem);
          const { y, code } = problem.windows.at(-1)!;
          // What looks at the code alone sees it there.
          const hit = name === 'latent' ? code : y;
          hit[at % hit.length] = Number.NaN;
          expect(runOn(kernels, name, problem, fitted).score).toBeNaN();
        }),
        { numRuns: 20, seed: 20_261_123 },
      );
    });
  });
});
