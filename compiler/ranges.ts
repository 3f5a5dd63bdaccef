import type { Autoencoder } from './autoencoder.ts';
import type { ObserverName } from './calibrate/observers/table.ts';
import type { Windows } from './calibrate/samples.ts';
import { typeOf, type ValueId } from './ir/graph.ts';
import { readAs, type ScoredGraph } from './kernels/int-graph.ts';
import { storedRange } from './kernels/stored.ts';
import type { Measured } from './measure.ts';
import type { Range } from './ops/calibrated.ts';
import type { Settled } from './options.ts';
import { probeOf } from './probe-of.ts';
import { activationQuantization } from './quantize/parameters.ts';

export interface ChosenRanges {
  readonly ranges: ReadonlyMap<ValueId, Range>;
  /** For the manifest: 'minmax', or how many tensors each observer was taken for. */
  readonly observer: string;
}

/**
 * The ranges of activations: with --observer auto, those of int8 tensors by the observer that costs the least of the score if only that tensor is
 * rounded. int16 has room for all values that were seen, and for more.
 */
export function rangesFor(
  model: Autoencoder,
  windows: Windows,
  measured: Measured,
  settled: Settled,
  scored: ScoredGraph,
): ChosenRanges {
  const { observer, percentile } = settled;
  const { ranges, offers } = measured.calibrated;
  if (observer !== 'auto') return { ranges, observer: observer === 'percentile' ? `percentile ${percentile}` : observer };
  const narrow = [...offers.keys()].filter((id) => isNarrow(scored, id));
  const perTensor = offers.get(model.graph.inputs[0]!)!.length;
  const probe = probeOf(model, windows, measured, settled, narrow.length * perTensor);
  if (probe === null) return { ranges, observer: 'auto' };
  const chosen = new Map(ranges);
  const counts = new Map<ObserverName, number>();
  for (const id of narrow) {
    const errors = offers.get(id)!.map(([name, range]) => ({ name, range, error: probe.ofValue(id, rounding(range)) }));
    const best = errors.reduce((least, other) => (other.error < least.error ? other : least));
    chosen.set(id, best.range);
    counts.set(best.name, (counts.get(best.name) ?? 0) + 1);
  }
  return { ranges: chosen, observer: ['auto', ...[...counts].map(([name, count]) => `${name} ${count}`)].join(' ') };
}

/** Whether a value is kept in int8 on a grid of our own. */
function isNarrow({ graph, origins }: ScoredGraph, id: ValueId): boolean {
  const lowered = readAs(origins, id);
  if (lowered === undefined) return false;
  const type = typeOf(graph, lowered);
  return type.dtype === 'integer' && type.quantization.dtype === 'i8';
}

/** Values on the int8 grid of a range, as reals. */
function rounding(range: Range): (values: Float32Array) => Float32Array {
  const quantization = activationQuantization(range, 'i8');
  const { low, high } = storedRange(quantization);
  return (values) =>
    values.map((value) => Math.max(low, Math.min(high, Math.round(value / quantization.scale))) * quantization.scale);
}
