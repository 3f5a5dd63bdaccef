import type { Autoencoder } from './autoencoder.ts';
import type { Windows } from './calibrate/samples.ts';
import type { ValueId } from './ir/graph.ts';
import type { Measured } from './measure.ts';
import type { FloatGraph } from './ops/float-graph.ts';
import type { Settled } from './options.ts';
import { probeOf, someWindows } from './probe-of.ts';
import { roundWeights, usualDamping } from './quantize/round/round-weights.ts';

/** With --effort best: how much of what calibration never saw counts. */
const dampings = [usualDamping, 0.0002, 0.02, 0.1, 0.5];

/** The model with int8 weights that are chosen by what their layers give. Of a stateful model that depends on the steps before. */
export function roundedFor(
  model: Autoencoder,
  windows: Windows,
  measured: Measured,
  settled: Settled,
  wide: ReadonlySet<ValueId>,
): FloatGraph {
  const { effort, stateful, onProgress } = settled;
  const { graph } = measured.calibrated;
  if (stateful) return graph;
  const normal = someWindows(windows, windows.count);
  const tried = effort === 'fast' ? [usualDamping] : dampings;
  const probe = tried.length === 1 ? null : probeOf(model, windows, measured, settled, tried.length);
  const candidates = (probe === null ? [usualDamping] : tried).map((damping, i, all) => {
    onProgress({ stage: 'round', done: i, total: all.length });
    return roundWeights(graph, normal, { wide, damping });
  });
  onProgress({ stage: 'round', done: 1, total: 1 });
  if (probe === null) return candidates[0]!;
  return candidates
    .map((rounded) => ({ rounded, error: probe.ofGraph(rounded) }))
    .reduce((best, other) => (other.error < best.error ? other : best)).rounded;
}
