import type { ValueId } from '../ir/graph.ts';
import type { OnProgress } from '../progress.ts';
import { evaluate, type FloatGraph } from '../ops/float-graph.ts';
import { typeOf } from '../ir/graph.ts';
import { sizeOf, type Tensor } from '../ir/tensor.ts';
import type { Calibrated, Range } from '../ops/calibrated.ts';
import { observers, type ObserverName } from './observers/table.ts';
import type { Windows } from './samples.ts';

/**
 * Runs the float model over all windows, observes the activations of those that `observes` chooses, and gives each window's
 * values to `look` (the float score, the fit). `sequence`: of a model of one step, the same model over the windows of a sequence as its
 * steps; it gives the values then.
 */
export function calibrate(
  graph: FloatGraph,
  windows: Windows,
  observation: Observation,
  look: (window: number, values: ReadonlyMap<ValueId, Float32Array>) => void,
  onProgress: OnProgress,
  sequence: FloatGraph | null,
): Observed {
  const watched = new Map<ValueId, Watched>();
  for (const id of [...graph.inputs, ...graph.nodes.map(({ output }) => output)]) watched.set(id, new Watched(observation));
  const valuesOf = floatValues(graph, windows, sequence);
  const activity = reluCounters(graph);
  for (let window = 0; window < windows.count; window++) {
    const values = valuesOf(window);
    if (observation.observes(window)) {
      for (const [id, one] of watched) one.look(values.get(id)!);
      for (const [id, counts] of activity) values.get(id)!.forEach((value, unit) => (counts[unit]! += value === 0 ? 0 : 1));
    }
    look(window, values);
    if (window % 16 === 15 || window === windows.count - 1) {
      onProgress({ stage: 'calibrate', done: window + 1, total: windows.count });
    }
  }
  const offers = new Map([...watched].map(([id, one]) => [id, one.ranges()]));
  // The first observer is the one that there is, or the one that clips nothing.
  const ranges = new Map([...offers].map(([id, [first]]) => [id, first![1]]));
  return { graph, ranges, activity, offers };
}

/** Which windows are looked at, and how; `percent` is for the percentile observer. */
export interface Observation {
  readonly observes: (window: number) => boolean;
  readonly names: readonly ObserverName[];
  readonly percent: number;
}

/** A calibrated model, and what each observer makes of the range of each value. */
export interface Observed extends Calibrated {
  readonly offers: ReadonlyMap<ValueId, readonly (readonly [ObserverName, Range])[]>;
}

/** One value of the model under its observers. */
class Watched {
  readonly #observers;
  #squares = 0;
  #count = 0;
  #masked = false;

  constructor({ names, percent }: Observation) {
    this.#observers = names.map((name) => [name, observers[name](percent)] as const);
  }

  look(values: Float32Array): void {
    const finite = values.every(Number.isFinite) ? values : values.filter(Number.isFinite);
    if (finite !== values) this.#masked = true;
    for (const [, observer] of this.#observers) observer.observe(finite);
    for (const value of finite) this.#squares += value * value;
    this.#count += finite.length;
  }

  ranges(): readonly (readonly [ObserverName, Range])[] {
    const rms = Math.sqrt(this.#squares / Math.max(1, this.#count));
    return this.#observers.map(([name, observer]) => {
      const { min, max } = observer.range();
      return [name, { min: this.#masked ? Math.min(min, max - maskDepth) : min, max, rms }] as const;
    });
  }
}

/** The values of the float model for each window; they are asked for in order. */
export const floatValues = (graph: FloatGraph, windows: Windows, sequence: FloatGraph | null): ValuesOf =>
  sequence === null ? windowByWindow(graph, windows) : inSequences(graph, windows, sequence);

type ValuesOf = (window: number) => ReadonlyMap<ValueId, Float32Array>;

function windowByWindow(graph: FloatGraph, { data, size }: Windows): ValuesOf {
  const { shape } = typeOf(graph, graph.inputs[0]!);
  return (window) => {
    const tensors = evaluate(graph, [{ shape, data: data.subarray(window * size, (window + 1) * size) }]);
    return new Map([...tensors].map(([id, tensor]) => [id, tensor.data]));
  };
}

/** A stateful model: windows are the steps of sequences, of which each window's values are a part. */
function inSequences(graph: FloatGraph, { data, size }: Windows, whole: FloatGraph): ValuesOf {
  const { shape } = typeOf(whole, whole.inputs[0]!);
  const steps = sizeOf(shape) / size;
  let tensors: ReadonlyMap<ValueId, Tensor> = new Map();
  return (window) => {
    const step = window % steps;
    if (step === 0) tensors = evaluate(whole, [{ shape, data: data.subarray(window * size, (window + steps) * size) }]);
    return new Map([...tensors].map(([id, tensor]) => [id, partOf(tensor, step, sizeOf(typeOf(graph, id).shape))]));
  };
}

/** What has no time axis is the same at each step; time comes first in what has one. */
const partOf = ({ data }: Tensor, step: number, size: number): Float32Array =>
  data.length === size ? data : data.subarray(step * size, (step + 1) * size);

/** What an attention mask sets to minus infinity is kept this far below the greatest value: a softmax makes 1e-7 of it. */
const maskDepth = 16;

/** A counter per unit for each value that a ReLU gives. */
function reluCounters(graph: FloatGraph): Map<ValueId, Uint32Array> {
  const relus = graph.nodes.filter(({ op }) => op.kind === 'dense' && ['relu', 'relu6'].includes(op.activation?.fn ?? ''));
  return new Map(relus.map(({ output }) => [output, new Uint32Array(sizeOf(typeOf(graph, output).shape))]));
}
