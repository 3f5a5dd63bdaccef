import type { Autoencoder } from './autoencoder.ts';
import { minmax } from './calibrate/observers/minmax.ts';
import { percentile } from './calibrate/observers/percentile.ts';
import { calibrate, floatValues } from './calibrate/run.ts';
import type { Windows } from './calibrate/samples.ts';
import { InputError } from './error.ts';
import { Fit, type Space } from './fit.ts';
import type { Calibrated } from './ops/calibrated.ts';
import type { Settled } from './options.ts';
import type { FloatGraph } from './ops/float-graph.ts';
import type { ValueId } from './ir/graph.ts';
import { ResidualWeights } from './score/fit-weights.ts';
import { scores as scoreTable } from './score/index.ts';

/** What one pass of the float model over the calibration data tells. */
export interface Measured {
  readonly calibrated: Calibrated;
  readonly fit: Fit;
  readonly space: Space;
  /** Float score of each window. */
  readonly floatScores: Float64Array;
  /** What the float model makes of some of the windows that are held out, by window. */
  readonly reconstructions: ReadonlyMap<number, Float32Array>;
  /** Of the values in the score, if it weighs them; else empty. */
  readonly weights: Float32Array;
}

/** Held-out windows whose reconstruction is compared value by value. */
const mostReconstructions = 64;

/** One pass of the float model over all windows: ranges from those not held out, the fit, and the float scores. */
export function measure(
  model: Autoencoder,
  windows: Windows,
  { observer, percentile: percent, space, score, scaling, allowPoorFit, onProgress }: Settled,
  sequence: FloatGraph | null,
) {
  const fit = new Fit(model);
  const { exact, weighs } = scoreTable[score];
  const residuals = { raw: new ResidualWeights(model.size), normalised: new ResidualWeights(model.size) };
  const none = new Float32Array(0);
  const floatScores: Record<Space, Float64Array> = {
    raw: new Float64Array(windows.count),
    normalised: new Float64Array(windows.count),
  };
  const targets: (readonly [Space, ValueId])[] = [['raw', model.graph.inputs[0]!]];
  if (model.scaling !== null) targets.push(['normalised', model.scaling.output]);
  const reconstructions = new Map<number, Float32Array>();
  const calibrated = calibrate(
    model.graph,
    windows,
    {
      observes: (window) => !isHeldOut(window, windows.count),
      makeObserver: () => (observer === 'minmax' ? minmax() : percentile(percent)),
    },
    (window, values) => {
      fit.look(values);
      const output = values.get(model.graph.outputs[0]!)!;
      if (isHeldOut(window, windows.count) && reconstructions.size < mostReconstructions) reconstructions.set(window, output);
      for (const [of, target] of targets) {
        const x = values.get(target)!;
        if (!weighs) floatScores[of][window] = exact(x, output, none);
        else if (!isHeldOut(window, windows.count)) residuals[of].look(x, output);
      }
    },
    onProgress,
    sequence,
  );
  const chosen = space === 'auto' ? fit.bestSpace() : model.scaling === null ? 'raw' : space;
  if (!allowPoorFit) fit.check(chosen, windows.name, scaling === null);
  const weights = weighs ? residuals[chosen].finish() : none;
  if (weighs) {
    const target = targets.find(([of]) => of === chosen)![1];
    const valuesOf = floatValues(model.graph, windows, sequence);
    for (let window = 0; window < windows.count; window++) {
      const values = valuesOf(window);
      floatScores[chosen][window] = exact(values.get(target)!, values.get(model.graph.outputs[0]!)!, weights);
    }
  }
  return { calibrated, fit, space: chosen, floatScores: floatScores[chosen], reconstructions, weights };
}

/**
 * Every fifth of about fifty blocks of neighbouring windows: spread over the whole recording, so that each operating state
 * is in both parts, and in blocks, so that overlapping windows do not leak from one part into the other.
 */
export const isHeldOut = (window: number, count: number): boolean => Math.floor((window * Math.min(50, count)) / count) % 5 === 4;

const leastWindows = 10;

export function checkWindows(windows: Windows, size: number): void {
  if (windows.size !== size) {
    throw new InputError({
      where: windows.name,
      what: `has windows of ${windows.size} values; the model takes ${size}`,
      hint: 'Give windows of the size that the model was trained with.',
    });
  }
  if (windows.count >= leastWindows) return;
  throw new InputError({
    where: windows.name,
    what: `has ${windows.count} windows of ${size} values; at least ${leastWindows} are needed to find ranges and a threshold`,
    hint: 'Record more normal data; a few thousand windows are usual.',
  });
}
