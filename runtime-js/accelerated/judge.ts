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

/** Milliseconds of one run, and how much more than wasm it takes, beyond which no larger batch makes up for it. */
const [hopelessTime, hopelessRatio] = [50, 8];

export interface Timing {
  /** Windows per batch. */
  readonly windows: number;
  /** Milliseconds per batch. */
  readonly wasm: number;
  readonly accelerated: number;
}

/**
 * Median milliseconds of a batch of `windows` on wasm and on an accelerator, turn by turn, so that both see the same noise. Batches grow to that, so that
 * one that is out of the question costs no minutes: it is told of at the size where that was clear.
 */
export async function timeBoth(accelerator: Accelerator, model: Model, golden: Golden, windows: number): Promise<Timing> {
  const once = async (batch: Float32Array): Promise<Timing> => {
    const start = performance.now();
    model.runBatch(batch);
    const between = performance.now();
    await accelerator.run(batch);
    return { windows: batch.length / model.size, wasm: between - start, accelerated: performance.now() - between };
  };
  for (let few = 16; few < windows; few *= 8) {
    const batch = repeated(golden.inputs, few * model.size);
    // The first run of a size warms up.
    await once(batch);
    const timing = await once(batch);
    if (timing.accelerated > Math.max(hopelessTime, hopelessRatio * timing.wasm)) return timing;
  }
  const batch = repeated(golden.inputs, windows * model.size);
  await once(batch);
  const timings: Timing[] = [];
  const start = performance.now();
  do timings.push(await once(batch));
  while (timings.length < 3 || (timings.length < mostRuns && performance.now() - start < longEnough));
  return {
    windows,
    wasm: median(timings.map(({ wasm }) => wasm)),
    accelerated: median(timings.map(({ accelerated }) => accelerated)),
  };
}

/** The values over and over, `length` of them. */
const repeated = (values: Float32Array, length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => values[i % values.length]!);

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
