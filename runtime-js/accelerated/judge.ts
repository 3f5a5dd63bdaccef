import type { Golden } from '../artifact/golden.ts';
import type { Accelerator } from '../backend.ts';
import type { Model } from '../model.ts';

/** What a score may be off by on an accelerator that is not exact, as a share of the threshold. */
const scoreTolerance = 0.01;

/**
 * Why an accelerator is not to be trusted with a model, or null: it must give the golden scores, bit for bit; one that is not exact
 * within 1 % of the threshold, and each value of a reconstruction within a unit of the output: a 255th of what calibration saw.
 */
export async function faultOf(accelerator: Accelerator, model: Model, golden: Golden): Promise<string | null> {
  const { scores } = await accelerator.run(golden.inputs);
  if (accelerator.exact) {
    const wrong = golden.scores.findIndex((score, i) => !Object.is(score, scores[i]));
    return wrong < 0 ? null : `golden window ${wrong} scores ${scores[wrong]} where ${golden.scores[wrong]} is right`;
  }
  const { threshold, size } = model;
  const [least, greatest] = model.info.manifest.input.range;
  const unit = (greatest - least) / 255;
  for (const [i, score] of golden.scores.entries()) {
    const window = golden.inputs.subarray(i * size, (i + 1) * size);
    const {
      reconstruction,
      scores: [found],
    } = await accelerator.run(window);
    if (!(Math.abs(found! - score) <= scoreTolerance * threshold)) {
      return `golden window ${i} scores ${found} where ${score} is right: more than 1 % of the threshold ${threshold} apart`;
    }
    model.run(window);
    const off = greatestDifference(reconstruction, model.reconstruction);
    if (!(off <= unit))
      return `the reconstruction of golden window ${i} is off by ${off}: more than one unit of the output, ${unit}`;
  }
  return null;
}

/** NaN where a value is. */
const greatestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((greatest, value, i) => Math.max(greatest, Math.abs(value - b[i]!)), 0);

/** Runs that are timed, and the milliseconds after which there are no more. */
const [mostRuns, longEnough] = [9, 200];

/** Median milliseconds of a batch on wasm and on an accelerator, turn by turn, so that both see the same noise. */
export async function timeBoth(
  accelerator: Accelerator,
  model: Model,
  windows: Float32Array,
): Promise<{ readonly wasm: number; readonly accelerated: number }> {
  const wasm: number[] = [];
  const accelerated: number[] = [];
  // The first runs warm up.
  model.runBatch(windows);
  await accelerator.run(windows);
  const start = performance.now();
  do {
    const first = performance.now();
    model.runBatch(windows);
    const second = performance.now();
    await accelerator.run(windows);
    wasm.push(second - first);
    accelerated.push(performance.now() - second);
  } while (wasm.length < 3 || (wasm.length < mostRuns && performance.now() - start < longEnough));
  return { wasm: median(wasm), accelerated: median(accelerated) };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
