import type { Autoencoder } from './autoencoder.ts';
import type { Windows } from './calibrate/samples.ts';
import { costOf } from './describe.ts';
import { typeOf } from './ir/graph.ts';
import { sizeOf } from './ir/tensor.ts';
import { isHeldOut, type Measured } from './measure.ts';
import type { Settled } from './options.ts';
import { seenBy } from './scoring.ts';
import { Probe, type ScoreValues } from './sensitivity.ts';

/** Multiply-adds that may go into looking at a model: seconds, or some minutes. */
const budgets = { fast: 5e8, best: 3e10 };
/** Fewer windows say too little, more say nothing new. */
const [fewest, most] = [8, 64];
/** Values of windows that are kept. */
const mostValues = 2 ** 25;

/** A probe of the float model over windows that are not held out, for so many questions; null where they would take more than `budget` multiply-adds. */
export function probeOf(
  model: Autoencoder,
  windows: Windows,
  measured: Measured,
  { effort, stateful }: Settled,
  questions: number,
  budget = budgets[effort],
): Probe | null {
  if (stateful || questions === 0) return null;
  const { graph } = model;
  const values = graph.nodes.reduce((sum, { output }) => sum + sizeOf(typeOf(graph, output).shape), windows.size);
  // Each question runs half of the model on average; a value costs about what ten multiply-adds do.
  const perWindow = ((questions + 2) / 2) * (costOf(graph).multiplyAdds + 10 * values);
  const count = Math.min(most, Math.floor(budget / perWindow), Math.floor(mostValues / values));
  if (count < fewest) return null;
  return new Probe(graph, someWindows(windows, count), scoreOfValues(model, measured));
}

/** Of the windows that are not held out at most `count`, spread evenly. */
export function someWindows({ data, count, size }: Windows, wanted: number): Float32Array[] {
  const eligible = Array.from({ length: count }, (_, i) => i).filter((i) => !isHeldOut(i, count));
  const taken = Math.min(wanted, eligible.length);
  return Array.from({ length: taken }, (_, i) => {
    const window = eligible[Math.floor((i * eligible.length) / taken)]!;
    return data.subarray(window * size, (window + 1) * size);
  });
}

/** The float score of the values of a window. */
export function scoreOfValues({ graph, scaling }: Autoencoder, { space, scoring, fitted }: Measured): ScoreValues {
  const target = space === 'normalised' && scaling !== null ? scaling.output : graph.inputs[0]!;
  return (valuesOf) => {
    const seen = seenBy(scoring, valuesOf(target), valuesOf(graph.outputs[0]!), valuesOf);
    return scoring.definition.exact(seen, fitted, scoring.model);
  };
}
