import { InputError } from '../error.ts';
import { typeOf, valueId, type Node, type ValueId } from '../ir/graph.ts';
import { formatShape, sameShape, sizeOf } from '../ir/tensor.ts';
import type { FloatGraph, Op } from '../ops/float-graph.ts';

/** A graph with the name of the file that it was read from. */
export interface Part {
  readonly name: string;
  readonly graph: FloatGraph;
}

/**
 * An encoder and a decoder in two files as one autoencoder: what the encoder gives is what the decoder takes. Throws an
 * InputError that names both if the one does not fit the other.
 */
export function joinModels(encoder: Part, decoder: Part): FloatGraph {
  const [code] = encoder.graph.outputs;
  const [input] = decoder.graph.inputs;
  if (encoder.graph.outputs.length !== 1 || decoder.graph.inputs.length !== 1) {
    throw mismatch(
      encoder,
      decoder,
      `gives ${encoder.graph.outputs.length} values where ${decoder.graph.inputs.length} are taken`,
    );
  }
  const [from, to] = [typeOf(encoder.graph, code!), typeOf(decoder.graph, input!)];
  if (sizeOf(from.shape) !== sizeOf(to.shape)) {
    throw mismatch(encoder, decoder, `gives ${formatShape(from.shape)}; the decoder takes ${formatShape(to.shape)}`);
  }
  const first = Math.max(...encoder.graph.values.keys()) + 1;
  const moved = (id: ValueId): ValueId => valueId(id + first);
  const values = new Map(encoder.graph.values);
  for (const value of decoder.graph.values.values()) values.set(moved(value.id), { ...value, id: moved(value.id) });
  const constants = new Map(encoder.graph.constants);
  for (const [id, tensor] of decoder.graph.constants) constants.set(moved(id), tensor);
  // A reshape takes the code to the decoder's input, also where both have the same shape: simplification drops it.
  const bridge: Node<Op> = {
    op: { kind: 'reshape', shape: to.shape },
    name: sameShape(from.shape, to.shape) ? 'latent' : 'latent/reshape',
    inputs: [code!],
    output: moved(input!),
  };
  const nodes = decoder.graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(moved),
    output: moved(node.output),
  }));
  return {
    values,
    constants,
    inputs: encoder.graph.inputs,
    nodes: [...encoder.graph.nodes, bridge, ...nodes],
    outputs: decoder.graph.outputs.map(moved),
  };
}

const mismatch = (encoder: Part, decoder: Part, what: string): InputError =>
  new InputError({
    where: `${encoder.name}, ${decoder.name}`,
    what: `the encoder ${what}`,
    hint: 'Give the encoder and the decoder of the same autoencoder: --encoder e.onnx --decoder d.onnx.',
  });
