import { InputError } from './error.ts';
import { typeOf, valueOf, type Node, type ValueId } from './ir/graph.ts';
import { formatShape, sizeOf, type Shape } from './ir/tensor.ts';
import type { FloatGraph, Op, OpOf } from './ops/float-graph.ts';

/** A simplified model that gives back what it takes. */
export interface Autoencoder {
  readonly graph: FloatGraph;
  /** Values per window. */
  readonly size: number;
  /** Of a window: where its axes say more than the graph's input, which a pipeline may have flattened, the axes that the file gives. */
  readonly window: Shape;
  /** The model's own input scaling, if it begins with one. */
  readonly scaling: Node<OpOf<'affine'>> | null;
  /** Whether it is a variational autoencoder, as its sampling layer told before it was simplified away. */
  readonly generative: boolean;
  /** What a variational autoencoder makes of a window, where it was asked for. */
  readonly distribution: Distribution | null;
}

/** The normal distribution of the latent code: values of the graph. */
export interface Distribution {
  readonly mean: ValueId;
  readonly logVariance: ValueId;
}

/** Throws an InputError unless the model has one input and one output of the same size. */
export function asAutoencoder(graph: FloatGraph, file: string): Autoencoder {
  for (const [kind, ids] of [
    ['input', graph.inputs],
    ['output', graph.outputs],
  ] as const) {
    if (ids.length === 1) continue;
    throw new InputError({
      where: file,
      what: `has ${ids.length} ${kind}s (${ids.map((id) => valueOf(graph, id).name).join(', ')}); an autoencoder has one`,
      hint: 'Export only the part of the model from its input to its reconstruction.',
    });
  }
  const input = typeOf(graph, graph.inputs[0]!).shape;
  const output = typeOf(graph, graph.outputs[0]!).shape;
  if (sizeOf(input) !== sizeOf(output)) {
    throw new InputError({
      where: file,
      what: `takes ${formatShape(input)} and gives ${formatShape(output)}; an autoencoder gives back what it takes`,
      hint: 'This looks like a classifier, an encoder or a decoder alone: export the whole autoencoder.',
    });
  }
  const scaling = graph.nodes.find(
    (node): node is Node<OpOf<'affine'>> => isAffine(node) && graph.inputs.includes(node.inputs[0]!),
  );
  return { graph, size: sizeOf(input), window: input, scaling: scaling ?? null, generative: false, distribution: null };
}

const isAffine = (node: Node<Op>): boolean => node.op.kind === 'affine';
