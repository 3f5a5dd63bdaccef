import { typeOf, type ValueId } from '../ir/graph.ts';
import type { IntGraph } from '../kernels/int-graph.ts';
import { sizeOf } from '../ir/tensor.ts';

/**
 * The latent code: the narrowest hidden activation through which everything passes (no later step reads an earlier
 * value). Of several that are as narrow, the last one: after the activation function, not before it.
 */
export function findLatent(graph: IntGraph): { readonly value: ValueId; readonly size: number; readonly after: number } | null {
  let best: { readonly value: ValueId; readonly size: number; readonly after: number } | null = null;
  const inputSize = sizeOf(typeOf(graph, graph.inputs[0]!).shape);
  graph.nodes.forEach(({ output, op }, after) => {
    const size = sizeOf(typeOf(graph, output).shape);
    if (op.kind === 'quantize' || typeOf(graph, output).dtype !== 'integer' || size > inputSize) return;
    const earlier = new Set([...graph.inputs, ...graph.nodes.slice(0, after).map((node) => node.output)]);
    const bypassed = graph.nodes.slice(after + 1).some(({ inputs }) => inputs.some((id) => earlier.has(id)));
    if (!bypassed && (best === null || size <= best.size)) best = { value: output, size, after };
  });
  return best;
}
