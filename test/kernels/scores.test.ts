import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { functionOf } from '../../compiler/emit/score.ts';
import { definitionOf } from '../../compiler/score/table.ts';
import { besideOf, fittedTo, modelOf, problems, type Problem } from './score-problem.ts';
import { scoreFunctions, type ScoreFunction } from '../../runtime-js/artifact/manifest.ts';
import { loadKernels, type KernelModule } from './target.ts';

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
