import type { ValueId } from '../ir/graph.ts';
import type { OnProgress } from '../progress.ts';
import { evaluate, type FloatGraph } from '../ops/float-graph.ts';
import { typeOf } from '../ir/graph.ts';
import { sizeOf, type Tensor } from '../ir/tensor.ts';
import type { Calibrated, Range } from '../ops/calibrated.ts';
import type { Observer } from './observers/define.ts';
import type { Windows } from './samples.ts';

/**
 * Runs the float model over all windows, observes the activations of those that `observes` chooses, and gives each window's
 * values to `look` (the float score, the fit). `sequence`: of a model of one step, the same model over the windows of a sequence as its
 * steps; it gives the values then.
 */
export function calibrate(
  graph: FloatGraph,
  windows: Windows,
  observation: { readonly observes: (window: number) => boolean; readonly makeObserver: () => Observer },
  look: (window: number, values: ReadonlyMap<ValueId, Float32Array>) => void,
  onProgress: OnProgress,
  sequence: FloatGraph | null,
): Calibrated {
  const observers = new Map<ValueId, Observer>();
  for (const id of [...graph.inputs, ...graph.nodes.map(({ output }) => output)]) observers.set(id, observation.makeObserver());
  const valuesOf = floatValues(graph, windows, sequence);
  const activity = reluCounters(graph);
  const masked = new Set<ValueId>();
  const squares = new Map<ValueId, MeanSquare>([...observers.keys()].map((id) => [id, new MeanSquare()]));
  for (let window = 0; window < windows.count; window++) {
    const values = valuesOf(window);
    if (observation.observes(window)) {
      for (const [id, observer] of observers) {
        const seen = values.get(id)!;
        const finite = seen.every(Number.isFinite) ? seen : seen.filter(Number.isFinite);
        if (finite !== seen) masked.add(id);
        observer.observe(finite);
        squares.get(id)!.look(finite);
      }
      for (const [id, counts] of activity) values.get(id)!.forEach((value, unit) => (counts[unit]! += value === 0 ? 0 : 1));
    }
    look(window, values);
    if (window % 16 === 15 || window === windows.count - 1) {
      onProgress({ stage: 'calibrate', done: window + 1, total: windows.count });
    }
  }
  const rangeOf = (id: ValueId, observer: Observer): Range => {
    const { min, max } = observer.range();
    return { min: masked.has(id) ? Math.min(min, max - maskDepth) : min, max, rms: squares.get(id)!.root };
  };
  return { graph, ranges: new Map([...observers].map(([id, observer]) => [id, rangeOf(id, observer)])), activity };
}

class MeanSquare {
  #sum = 0;
  #count = 0;

  look(values: Float32Array): void {
    for (const value of values) this.#sum += value * value;
    this.#count += values.length;
  }

  /** 0 where nothing was seen. */
  get root(): number {
    return Math.sqrt(this.#sum / Math.max(1, this.#count));
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
