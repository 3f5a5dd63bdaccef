import type { Labelled } from '../score/thresholds/cuts.ts';
import { runsOf } from './alarms.ts';

/** Thresholds that are looked at, as in the published code. */
const mostThresholds = 250;

/**
 * VUS-PR: the area under the range-based precision-recall curve, averaged over buffers of 0 to `buffer` points around each event
 * (Paparrizos et al., "Volume under the surface", VLDB 2022). A point k beyond an event counts sqrt(1 - k / width) there, where width is half
 * of the buffer; recall is what is found of the mean of the plain and the softened labels, at most 1, times the share of events in which
 * anything was found; precision is what is found per alarm.
 */
export function vusPr(labelled: Labelled, buffer: number): number {
  const lengths = Array.from({ length: buffer + 1 }, (_, i) => i);
  return lengths.reduce((sum, length) => sum + rangeAucPr(labelled, length), 0) / lengths.length;
}

function rangeAucPr({ scores, labels }: Labelled, buffer: number): number {
  const soft = softened(labels, Math.floor(buffer / 2));
  const plain = Array.from(labels).reduce((sum: number, label) => sum + (label > 0 ? 1 : 0), 0);
  const wanted = (plain + soft.reduce((sum, label) => sum + label, 0)) / 2;
  const events = runsOf(soft);
  const order = Array.from({ length: scores.length }, (_, i) => i).toSorted((a, b) => scores[b]! - scores[a]!);
  const steps = Math.min(mostThresholds, order.length);
  const eventOf = new Int32Array(scores.length).fill(-1);
  events.forEach(([start, end], event) => eventOf.fill(event, start, end));
  const touched = new Set<number>();
  let [area, before, found, at] = [0, 0, 0, 0];
  for (let step = 0; step < steps; step++) {
    const threshold = scores[order[Math.round((step * (order.length - 1)) / Math.max(1, steps - 1))]!]!;
    for (; at < order.length && scores[order[at]!]! >= threshold; at++) {
      const point = order[at]!;
      found += soft[point]!;
      if (eventOf[point]! >= 0) touched.add(eventOf[point]!);
    }
    const recall = Math.min(1, found / wanted) * (touched.size / events.length);
    area += (recall - before) * (found / at);
    before = recall;
  }
  return area;
}

/** Labels with slopes around each event. */
function softened(labels: ArrayLike<number>, width: number): Float64Array {
  const soft = Float64Array.from(labels, (label) => (label > 0 ? 1 : 0));
  for (const [start, end] of runsOf(labels)) {
    for (let k = 1; k <= width; k++) {
      const value = Math.sqrt(1 - k / (width + 1));
      for (const at of [start - k, end - 1 + k]) if (at >= 0 && at < soft.length) soft[at] = Math.max(soft[at]!, value);
    }
  }
  return soft;
}
