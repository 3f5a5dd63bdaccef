import type { ValueId } from '../ir/graph.ts';
import type { FloatGraph } from './float-graph.ts';

/** Real values that an int8 activation must be able to say. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

export interface Range extends Bounds {
  /** Root mean square of the values seen. */
  readonly rms: number;
}

/** A float model with the range of each of its activations: what `quantize` accepts. */
export interface Calibrated {
  readonly graph: FloatGraph;
  readonly ranges: ReadonlyMap<ValueId, Range>;
  /** Of each ReLU's units: in how many windows they were not zero. */
  readonly activity: ReadonlyMap<ValueId, Uint32Array>;
}
