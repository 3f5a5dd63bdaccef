import { decibelsOf } from '../accuracy.ts';
import { floatValues } from '../calibrate/run.ts';
import type { Windows } from '../calibrate/samples.ts';
import type { ValueId } from '../ir/graph.ts';
import type { Activation } from '../kernels/define.ts';
import type { ScoredGraph } from '../kernels/int-graph.ts';
import { interpret, type Memories } from '../kernels/interpret.ts';
import type { FloatGraph } from '../ops/float-graph.ts';
import type { ValueReport } from './analysis.ts';
import { HistogramBuilder } from './histogram.ts';
import { representableOf, type ComparedTensor } from './tensors.ts';

/** The float model and its integers. */
export interface Pair {
  readonly graph: FloatGraph;
  readonly scored: ScoredGraph;
  /** Of a stateful model: the same over the steps of a sequence; else null. */
  readonly sequence: FloatGraph | null;
}

/** Windows (their numbers, in order) whose values are compared. */
export interface Chosen {
  readonly windows: Windows;
  readonly numbers: readonly number[];
}

/** Values of both paths on one window. */
export interface Values {
  readonly window: number;
  readonly float: ReadonlyMap<ValueId, Float32Array>;
  readonly integer: ReadonlyMap<ValueId, Activation>;
}

/** Runs the float model and its plain integer meaning on the chosen windows; of a stateful model also on those before. */
export function compareValues(
  { graph, scored, sequence }: Pair,
  { windows, numbers }: Chosen,
  look: (values: Values) => void,
): void {
  const valuesOf = floatValues(graph, windows, sequence);
  const wanted = new Set(numbers);
  const memories: Memories = new Map();
  const last = numbers.at(-1) ?? -1;
  for (let window = 0; window <= last; window++) {
    if (sequence === null && !wanted.has(window)) continue;
    if (window % (windows.sequence ?? windows.count) === 0) memories.clear();
    const input = windows.data.subarray(window * windows.size, (window + 1) * windows.size);
    const [float, integer] = [valuesOf(window), interpret(scored.graph, input, memories)];
    if (wanted.has(window)) look({ window, float, integer });
  }
}

const mostWindows = 256;
/** Multiply-adds of the plain interpreter that one is willing to wait for: some ten seconds. */
const patience = 2e9;
/** Steps of a stateful model, which must be run from the first one on. */
const mostSteps = 4096;

/** Some of the windows that are eligible, evenly spread; of a stateful model, among its first steps. */
export function chooseWindows(
  windows: Windows,
  isEligible: (window: number) => boolean,
  multiplyAdds: number,
  stateful: boolean,
): Chosen {
  const within = stateful ? Math.min(mostSteps, windows.count) : windows.count;
  const eligible = Array.from({ length: within }, (_, window) => window).filter(isEligible);
  const most = Math.max(8, Math.min(mostWindows, Math.floor(patience / Math.max(1, multiplyAdds))));
  return { windows, numbers: evenly(eligible, most) };
}

/** Up to `most` of the items, evenly spread from the first on. */
export const evenly = <T>(items: readonly T[], most: number): readonly T[] =>
  items.length <= most ? items : Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)]!);

const bins = 48;

/** Statistics of one tensor, window by window. */
export class TensorTally {
  readonly #tensor: ComparedTensor;
  readonly #histogram: HistogramBuilder;
  readonly #bounds: readonly [number, number];
  #values = 0;
  #clipped = 0;
  #signal = 0;
  #noise = 0;
  #least = Infinity;
  #greatest = -Infinity;

  constructor(tensor: ComparedTensor) {
    this.#tensor = tensor;
    const { quantization, calibrated } = tensor;
    const [low, high] = quantization === null ? [-Infinity, Infinity] : representableOf(quantization);
    const half = (quantization?.scale ?? 0) / 2;
    this.#bounds = [low - half, high + half];
    const { min, max } = calibrated ?? { min: -1, max: 1 };
    const margin = max > min ? (max - min) / 4 : Math.max(1, Math.abs(max)) / 4;
    this.#histogram = new HistogramBuilder(min - margin, max + margin, bins);
  }

  look({ float, integer }: Values): void {
    const { order, quantization } = this.#tensor;
    const values = float.get(this.#tensor.float)!;
    const stored = integer.get(this.#tensor.integer)!;
    const scale = quantization?.scale ?? 1;
    for (let i = 0; i < values.length; i++) {
      const value = values[order === null ? i : order[i]!]!;
      // What an attention mask sets to minus infinity is no signal.
      if (!Number.isFinite(value)) continue;
      this.#signal += value * value;
      this.#noise += (value - stored[i]! * scale) ** 2;
      this.#count(value);
    }
  }

  #count(value: number): void {
    this.#values++;
    if (value < this.#bounds[0] || value > this.#bounds[1]) this.#clipped++;
    this.#least = Math.min(this.#least, value);
    this.#greatest = Math.max(this.#greatest, value);
    this.#histogram.add(value);
  }

  finish(): ValueReport {
    return {
      decibels: this.#signal > 0 ? decibelsOf(this.#signal, this.#noise) : null,
      clipped: this.#values === 0 ? 0 : this.#clipped / this.#values,
      seen: this.#values === 0 ? null : [this.#least, this.#greatest],
      histogram: this.#histogram.finish(),
    };
  }
}
