import { typeOf, valueOf, type Graph, type ValueId } from './graph.ts';
import { formatShape, type FloatType, type Tensor } from './tensor.ts';

/** One line per node: `dense_1 = dense(input, w [128 x 640], b [128]) -> [1 x 128]`. */
export function printGraph<Op extends { readonly kind: string }>(graph: Graph<Op, FloatType, Tensor>): string {
  const operand = (id: ValueId): string => {
    const value = valueOf(graph, id);
    return graph.constants.has(id) ? `${value.name} ${formatShape(value.type.shape)}` : value.name;
  };
  const attributes = (op: Op): string => {
    const rest = Object.entries(op).filter(([key, value]) => key !== 'kind' && value !== null);
    return rest.length === 0 ? '' : ` ${JSON.stringify(Object.fromEntries(rest))}`;
  };
  return [
    ...graph.inputs.map((id) => `input ${operand(id)} ${formatShape(typeOf(graph, id).shape)}`),
    ...graph.nodes.map(
      ({ op, name, inputs, output }) =>
        `${name} = ${op.kind}(${inputs.map(operand).join(', ')})${attributes(op)} -> ${formatShape(typeOf(graph, output).shape)}`,
    ),
    ...graph.outputs.map((id) => `output ${operand(id)}`),
  ].join('\n');
}
