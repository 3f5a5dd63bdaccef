import type { Kernel } from '../../runtime-js/artifact/kernel.ts';
import { InputError } from '../error.ts';
import { typeOf, type ValueId } from '../ir/graph.ts';
import type { IntGraph } from '../kernels/int-graph.ts';
import { sizeOf } from '../ir/tensor.ts';

/** A hidden activation through which everything passes: encode stops after step `after`, decode starts there. */
export interface Latent {
  readonly value: ValueId;
  readonly size: number;
  readonly after: number;
  /** The name of its node. */
  readonly layer: string;
}

/** The latent code that is the given value; null where that is none. */
export const latentAt = (graph: IntGraph, value: ValueId): Latent | null =>
  candidates(graph).find((one) => one.value === value) ?? null;

/**
 * The latent code: what the node named `cut` gives, or the narrowest hidden activation through which everything passes. Of
 * several that are as narrow, the last one: after the activation function, not before it. null where there is none. Throws
 * an InputError that lists the nodes if the model cannot be cut after the one that was named.
 */
export function findLatent(graph: IntGraph, cut: string | null): Latent | null {
  const narrow = candidates(graph);
  if (cut === null)
    return narrow.reduce<Latent | null>((best, one) => (best !== null && best.size < one.size ? best : one), null);
  const named = narrow.findLast(({ layer }) => layer === cut);
  if (named !== undefined) return named;
  throw new InputError({
    where: `--cut ${cut}`,
    what: 'the model cannot be cut there: no node of this name makes a value through which everything passes',
    hint: `It can be cut after ${[...new Set(narrow.map(({ layer }) => layer))].join(', ')}.`,
  });
}

/** Layers that make something of their input; what lies behind the last of them is no code but the reconstruction. */
const layers: ReadonlySet<Kernel['kind']> = new Set(['matmul', 'conv', 'convTranspose', 'recurrent', 'product']);

/** Integer activations, no wider than the input, that no later step bypasses and some later layer decodes. */
function candidates(graph: IntGraph): Latent[] {
  const inputSize = sizeOf(typeOf(graph, graph.inputs[0]!).shape);
  const lastUse = new Map<ValueId, number>();
  graph.nodes.forEach(({ inputs }, at) => inputs.forEach((id) => lastUse.set(id, at)));
  // What quantizes the input is no layer; what does so behind a curved function, whose results are f32, belongs to it.
  const curved = new Map(graph.nodes.map(({ op, name, output }) => [output, op.kind === 'interpolate' ? name : null]));
  const lastLayer = graph.nodes.findLastIndex(({ op }) => layers.has(op.kind));
  return graph.nodes.flatMap(({ output, op, inputs, name }, after): Latent[] => {
    const size = sizeOf(typeOf(graph, output).shape);
    const layer = op.kind === 'quantize' ? (curved.get(inputs[0]!) ?? null) : name;
    if (layer === null || after >= lastLayer || typeOf(graph, output).dtype !== 'integer' || size > inputSize) return [];
    const earlier = [...graph.inputs, ...graph.nodes.slice(0, after).map((node) => node.output)];
    return earlier.some((id) => lastUse.get(id)! > after) ? [] : [{ value: output, size, after, layer }];
  });
}
