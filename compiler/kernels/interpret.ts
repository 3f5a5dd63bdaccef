import type { Kernel, KernelKind } from '../../runtime-js/artifact/kernel.ts';
import { typeOf, type ValueId } from '../ir/graph.ts';
import type { IntConstant, IntGraph } from './int-graph.ts';
import { sizeOf } from '../ir/tensor.ts';
import type { Activation, KernelDefinition, Memory } from './define.ts';
import { kernels } from './index.ts';

const table: { readonly [K in KernelKind]: KernelDefinition<K> } = kernels;

/** The one cast of this table: TypeScript cannot see that `table[kernel.kind]` fits `kernel`. */
export const definitionOf = (kernel: Kernel): KernelDefinition<KernelKind> =>
  table[kernel.kind] as unknown as KernelDefinition<KernelKind>;

/** A value in real units, as the kernel `dequantize` gives it: f32. */
export function realValues(graph: IntGraph, values: ReadonlyMap<ValueId, Activation>, id: ValueId): Float32Array {
  const type = typeOf(graph, id);
  const scale = type.dtype === 'integer' ? type.quantization.scale : 1;
  return Float32Array.from(values.get(id)!, (value) => Math.fround(value * scale));
}

/** What the nodes of a model remember, by their outputs. */
export type Memories = Map<ValueId, Memory>;

/**
 * Runs a quantized model on one input: the plain truth that every target is compared with, bit for bit. A stateful model goes
 * on from what it remembers.
 */
export function interpret(graph: IntGraph, input: Float32Array, memories: Memories = new Map()): Map<ValueId, Activation> {
  const values = new Map<ValueId, Activation>([[graph.inputs[0]!, input]]);
  for (const node of graph.nodes) {
    const activations = node.inputs.flatMap((id): Activation[] => (graph.constants.has(id) ? [] : [values.get(id)!]));
    const constants = node.inputs.flatMap((id): IntConstant[] => (graph.constants.has(id) ? [graph.constants.get(id)!] : []));
    const size = sizeOf(typeOf(graph, node.output).shape);
    const memory = memories.get(node.output) ?? {};
    memories.set(node.output, memory);
    values.set(node.output, definitionOf(node.op).reference(node.op, activations, constants, size, memory));
  }
  return values;
}
