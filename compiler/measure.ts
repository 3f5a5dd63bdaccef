import type { Autoencoder } from './autoencoder.ts';
import { observerNames } from './calibrate/observers/table.ts';
import { calibrate, floatValues, type Observed } from './calibrate/run.ts';
import type { Windows } from './calibrate/samples.ts';
import { InputError } from './error.ts';
import { Fit, type Space } from './fit.ts';
import type { Settled } from './options.ts';
import type { FloatGraph } from './ops/float-graph.ts';
import type { ValueId } from './ir/graph.ts';
import { seenBy, type Scoring } from './scoring.ts';

/** What one pass of the float model over the calibration data tells. */
export interface Measured {
  readonly calibrated: Observed;
  readonly fit: Fit;
  readonly space: Space;
  /** Float score of each window. */
  readonly floatScores: Float64Array;
  /** What the float model makes of some of the windows that are held out, by window. */
  readonly reconstructions: ReadonlyMap<number, Float32Array>;
  readonly scoring: Scoring;
  /** What the score learnt from the windows that are not held out; empty: nothing. */
  readonly fitted: Float32Array;
}

/** Held-out windows whose reconstruction is compared value by value. */
const mostReconstructions = 64;

/** One pass of the float model over all windows: ranges from those not held out, the fit, and the float scores. */
export function measure(
  model: Autoencoder,
  windows: Windows,
  { observer, percentile: percent, space, scaling, allowPoorFit, onProgress }: Settled,
  scoring: Scoring,
  sequence: FloatGraph | null,
): Measured {
  const fit = new Fit(model);
  const { definition } = scoring;
  const fittings = { raw: definition.fit(scoring.model), normalised: definition.fit(scoring.model) };
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
      names: observer === 'auto' ? observerNames : [observer],
      percent,
    },
    (window, values) => {
      fit.look(values);
      const output = values.get(model.graph.outputs[0]!)!;
      if (isHeldOut(window, windows.count) && reconstructions.size < mostReconstructions) reconstructions.set(window, output);
      for (const [of, target] of targets) {
        const seen = seenBy(scoring, values.get(target)!, output, (id) => values.get(id)!);
        const fitting = fittings[of];
        if (fitting === null) floatScores[of][window] = definition.exact(seen, none, scoring.model);
        else if (!isHeldOut(window, windows.count)) fitting.look(seen);
      }
    },
    onProgress,
    sequence,
  );
  const chosen = space === 'auto' ? fit.bestSpace() : model.scaling === null ? 'raw' : space;
  if (!allowPoorFit) fit.check(chosen, windows.name, scaling === null);
  const fitted = fittings[chosen]?.finish() ?? none;
  if (fittings[chosen] !== null) {
    const target = targets.find(([of]) => of === chosen)![1];
    floatScores[chosen] = scoreFloat(model, windows, scoring, { target, fitted, sequence });
  }
  return { calibrated, fit, space: chosen, floatScores: floatScores[chosen], reconstructions, scoring, fitted };
}

/** Scores of the float model. `target`: the value that the reconstruction is compared with. */
export function scoreFloat(
  { graph }: Autoencoder,
  windows: Windows,
  scoring: Scoring,
  { target, fitted, sequence }: { readonly target: ValueId; readonly fitted: Float32Array; readonly sequence: FloatGraph | null },
): Float64Array {
  const valuesOf = floatValues(graph, windows, sequence);
  return Float64Array.from({ length: windows.count }, (_, window) => {
    const values = valuesOf(window);
    const seen = seenBy(scoring, values.get(target)!, values.get(graph.outputs[0]!)!, (id) => values.get(id)!);
    return scoring.definition.exact(seen, fitted, scoring.model);
  });
}

/**
 * Every fifth of about fifty blocks of neighbouring windows: spread over the whole recording, so that each operating state
 * is in both parts, and in blocks, so that overlapping windows do not leak from one part into the other.
 */
export const isHeldOut = (window: number, count: number): boolean => Math.floor((window * Math.min(50, count)) / count) % 5 === 4;

/** What a value per window is on held-out windows. */
export const heldOut = (scores: Float32Array | Float64Array): number[] =>
  [...scores].filter((_, window) => isHeldOut(window, scores.length));

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
