import { asAutoencoder, type Autoencoder } from './autoencoder.ts';
import { typeOf } from './ir/graph.ts';
import { sizeOf } from './ir/tensor.ts';
import type { FloatGraph } from './ops/float-graph.ts';
import { frameOf } from './pipeline/frame.ts';
import type { Scaling } from './pipeline/scaling.ts';
import { joinModels } from './read/join.ts';
import { simplify } from './simplify/index.ts';
import { stepwise, type Restep } from './stateful.ts';

/** A model as it stands behind the pipeline, simplified. */
export interface Prepared {
  readonly model: Autoencoder;
  /** Of a stateful model: the same over any number of steps. */
  readonly restep: Restep | null;
}

/** What the pipeline does before the model reads a window. */
export interface Input {
  /** Values per sample, or 1 of a window of features. */
  readonly channels: number;
  readonly scaling: Scaling | null;
}

/** Puts the pipeline's scaling and order of values around a model that was read. `input` null: the model takes windows as they are. */
export function prepare(graph: FloatGraph, file: string, stateful: boolean, input: Input | null): Prepared {
  const generative = graph.nodes.some(({ op }) => op.kind === 'sample');
  const simple = simplify(input === null ? graph : framed(graph, file, input)).graph;
  const restep = stateful ? stepwise(simple, file) : null;
  return { model: { ...asAutoencoder(restep?.(1) ?? simple, file), generative }, restep };
}

function framed(graph: FloatGraph, file: string, { channels, scaling }: Input): FloatGraph {
  const { shape } = typeOf(graph, graph.inputs[0]!);
  const { front, back } = frameOf({ shape, samples: sizeOf(shape) / channels, channels, scaling });
  const behind = front === null ? graph : joinModels({ name: file, graph: front }, { name: file, graph });
  return back === null ? behind : joinModels({ name: file, graph: behind }, { name: file, graph: back });
}
