import type { ValueId } from '../../../ir/graph.ts';
import { sizeOf } from '../../../ir/tensor.ts';
import type { Elementwise } from '../../../ops/elementwise.ts';
import { binary, elementwise, reshape, shapeOf } from '../../compose.ts';
import type { GraphNode } from './node.ts';

const activations: Readonly<Record<string, (node: GraphNode) => Elementwise>> = {
  Elu: () => ({ fn: 'elu', parameters: [1] }),
  LeakyRelu: (node) => ({ fn: 'leakyRelu', parameters: [node.float('leakyrelu_alpha', 0.2)] }),
  Relu: () => ({ fn: 'relu', parameters: [] }),
  Relu6: () => ({ fn: 'relu6', parameters: [] }),
  Sigmoid: () => ({ fn: 'sigmoid', parameters: [] }),
  Tanh: () => ({ fn: 'tanh', parameters: [] }),
};

/** What the attribute fused_ops adds to a result, in its order; its operands come from input `first` on. */
export function applyFused(node: GraphNode, x: ValueId, first: number): ValueId {
  let next = first;
  return node.texts('fused_ops').reduce<ValueId>((value, name) => {
    if (name === 'BiasAdd') return addBias(node, value, node.input(next++));
    if (name === 'Prelu') return binary(node, 'prelu', value, node.input(next++));
    const activation = Object.hasOwn(activations, name) ? activations[name]!(node) : null;
    if (activation === null) throw node.refuse(`the fused operator ${name.slice(0, 40)}`);
    return elementwise(node, activation.fn, value, ...activation.parameters);
  }, x);
}

/** One value per channel, which is the last axis; the converter may have left it extents of 1. */
export function addBias(node: GraphNode, x: ValueId, bias: ValueId): ValueId {
  return binary(node, 'add', x, reshape(node, bias, [sizeOf(shapeOf(node, bias))]));
}
