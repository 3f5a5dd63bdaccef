import { typeOf, type Node } from '../ir/graph.ts';
import { sizeOf, type Shape, type Tensor } from '../ir/tensor.ts';
import type { FloatGraph, Op, OpOf } from '../ops/float-graph.ts';
import { addConstant, replaceNode, type Rule } from './rewrite.ts';

/** Add, Sub, Mul and Div by a constant per channel become `affine`, so that they can be folded into their neighbours. */
export const matchAffine: Rule = (graph) => {
  for (const node of graph.nodes) {
    const found = node.op.kind === 'binary' ? asAffine(graph, node, node.op) : null;
    if (found === null) continue;
    const channels = found.scale.length;
    const scale = addConstant(graph, `${node.name}/scale`, { shape: [channels], data: found.scale });
    const offset = addConstant(scale.graph, `${node.name}/offset`, { shape: [channels], data: found.offset });
    return replaceNode(offset.graph, node, [{ ...node, op: { kind: 'affine' }, inputs: [found.x, scale.id, offset.id] }]);
  }
  return null;
};

function asAffine(graph: FloatGraph, { inputs: [a, b], output }: Node<Op>, { fn }: OpOf<'binary'>) {
  const shape = typeOf(graph, output).shape;
  const constantFirst = graph.constants.has(a!);
  const constant = graph.constants.get(constantFirst ? a! : b!);
  const x = constantFirst ? b! : a!;
  if (constant === undefined || sizeOf(typeOf(graph, x).shape) !== sizeOf(shape)) return null;
  if (constantFirst && fn === 'div') return null;
  const values = perChannel(constant, shape);
  if (values === null) return null;
  const all = (value: number): Float32Array => values.map(() => value);
  switch (fn) {
    case 'add':
      return { x, scale: all(1), offset: values };
    case 'sub':
      return constantFirst ? { x, scale: all(-1), offset: values } : { x, scale: all(1), offset: values.map((value) => -value) };
    case 'mul':
      return { x, scale: values, offset: all(0) };
    case 'div':
      return { x, scale: values.map((value) => 1 / value), offset: all(0) };
    default:
      return null;
  }
}

/** A constant as one value per channel of the last axis, or null if it differs along another axis. */
function perChannel(constant: Tensor, shape: Shape): Float32Array | null {
  const channels = shape.at(-1) ?? 1;
  if (constant.data.length === 1) return new Float32Array(channels).fill(constant.data[0]!);
  return constant.data.length === channels && constant.shape.at(-1) === channels ? constant.data : null;
}
