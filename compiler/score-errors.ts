import type { Compiled } from './compile.ts';
import { typeOf } from './ir/graph.ts';
import { readAs } from './kernels/int-graph.ts';
import type { Settled } from './options.ts';
import { probeOf } from './probe-of.ts';
import type { ScoreErrors } from './report/layers.ts';
import { onGrid } from './ranges.ts';
import { weightedLayers, weightErrors } from './weighted-layers.ts';

/** Multiply-adds that a report may take: some ten seconds. */
const budget = 3e9;

/** What each tensor costs; empty where the model is too large, or goes on from step to step, to be looked at so. */
export function scoreErrors(settled: Settled, { model, data: { windows }, measured, built }: Compiled): ScoreErrors {
  const { graph, origins } = built.plan.scored;
  const rounded = [...measured.calibrated.ranges.keys()].flatMap((id) => {
    const lowered = readAs(origins, id);
    const type = lowered === undefined ? null : typeOf(graph, lowered);
    return type?.dtype === 'integer' ? [{ id, quantization: type.quantization }] : [];
  });
  const layers = weightedLayers(model.graph).filter(({ name }) => built.weights === 'int8' && !built.wideLayers.includes(name));
  const probe = probeOf(model, windows, measured, settled, rounded.length + layers.length, budget);
  if (probe === null) return { values: new Map(), weights: new Map() };
  const errors = weightErrors(probe, model.graph, windows, layers);
  return {
    values: new Map(rounded.map(({ id, quantization }) => [id, probe.ofValue(id, onGrid(quantization))])),
    weights: new Map(layers.flatMap(({ weights, nodes }) => nodes.map(({ output }) => [output, errors.get(weights)!] as const))),
  };
}
