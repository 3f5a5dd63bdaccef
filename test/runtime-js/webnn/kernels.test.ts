import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GraphValue } from '../../../runtime-js/artifact/graph.ts';
import type { KernelKind } from '../../../runtime-js/artifact/kernel.ts';
import { definitionOf } from '../../../compiler/kernels/interpret.ts';
import { constantsRead, problems, type Problem } from '../../kernels/problem.ts';
import { missingChromium } from '../../chromium.ts';
import { openWebNnPage, type WebNnPage } from './browser.ts';
import type { KernelProblem, Values } from './in-page.ts';

const runs = 12;

type Numbers = Int8Array | Int16Array | Int32Array | Float32Array;

const sent = (values: Numbers): Values => ({ type: values.constructor.name as Values['type'], values: [...values] });

const valueOf = (values: Numbers): GraphValue =>
  values instanceof Int16Array
    ? { dtype: 'i16', shape: [values.length], low: -32_767, high: 32_767, scale: 1 }
    : { dtype: values instanceof Int32Array ? 'i32' : 'f32', shape: [values.length] };

/** Sums of layers as they are in models: f32 cannot hold those of random problems, which go to the edge of int32. */
function asInModels(problem: Problem<KernelKind>): Problem<KernelKind> {
  const { kernel } = problem;
  const constants = constantsRead(problem);
  if (!['matmul', 'conv', 'convTranspose', 'joinSums', 'product'].includes(kernel.kind)) return { ...problem, constants };
  const small = constants.map(({ values, shape }) => ({
    shape,
    values:
      values instanceof Int32Array
        ? values.map((value) => value >> 16)
        : values instanceof Float32Array
          ? values.map((m) => m / 2 ** 16)
          : values,
  }));
  return { ...problem, constants: small };
}

const kinds = (Object.keys(problems) as KernelKind[]).filter((kind) => kind !== 'recurrent');

// The libraries that it needs come with Debian's chromium.
describe.skipIf(missingChromium() !== null)('in a Chromium with WebNN', () => {
  let opened: WebNnPage;
  beforeAll(async () => {
    opened = await openWebNnPage();
  }, 120_000);
  afterAll(() => opened?.close());

  test.each(kinds)('%s is within one unit of its reference, over random shapes', async (kind) => {
    const arbitrary = (problems[kind] as fc.Arbitrary<Problem<KernelKind>>).map(asInModels);
    const drawn = fc.sample(arbitrary, { numRuns: runs, seed: 20_261_126 });
    const expected = drawn.map(({ kernel, inputs, constants, size }) =>
      definitionOf(kernel).reference(
        kernel,
        inputs,
        constants.map(({ values }) => values),
        size,
        {},
      ),
    );
    const asked = drawn.map(({ kernel, inputs, constants }, i): KernelProblem => ({
      kernel,
      values: [...inputs, expected[i]!].map(valueOf),
      inputs: inputs.map(sent),
      constants: constants.map(({ values }) => sent(values)),
    }));
    const found: readonly (readonly number[] | string)[] = await opened.page.evaluate(async (list) => {
      const results: (number[] | string)[] = [];
      for (const problem of list) results.push(await globalThis.sandglassTest.runKernel(problem).catch((cause) => String(cause)));
      return results;
    }, asked);
    found.forEach((values, i) => {
      const kernel = JSON.stringify(drawn[i]!.kernel);
      const right = expected[i]!;
      const greatest = Math.max(...Array.from(right, Math.abs));
      // Whole steps of an activation; f32 sums in another order are off by their own rounding.
      const unit = right instanceof Int16Array ? 1 : 2 ** -16 * greatest;
      const off =
        typeof values === 'string' ? values : Math.max(0, ...Array.from(right, (value, at) => Math.abs(value - values[at]!)));
      expect({ kernel, off }).toEqual({ kernel, off: expect.toSatisfy((value: unknown) => Number(value) <= unit) });
    });
  });
});
