import type { InferType } from './build.ts';
import { typeOf, type Graph, type ValueId } from './graph.ts';
import { sameShape, sizeOf, type FloatType, type Tensor } from './tensor.ts';

/** The executable specification of a graph. Run after each rewrite; throws an internal error that says what is broken. */
export function verify<Op extends { readonly kind: string }>(graph: Graph<Op, FloatType, Tensor>, infer: InferType<Op>): void {
  const defined = new Set<ValueId>([...graph.inputs, ...graph.constants.keys()]);
  for (const [id, tensor] of graph.constants) {
    if (tensor.data.length !== sizeOf(typeOf(graph, id).shape)) fail(`constant ${id} does not fill its type`);
  }
  for (const node of graph.nodes) {
    const place = `node "${node.name}" (${node.op.kind})`;
    for (const input of node.inputs) if (!defined.has(input)) fail(`${place} reads value ${input} before it is defined`);
    if (defined.has(node.output)) fail(`${place} defines value ${node.output} a second time`);
    const inferred = infer(
      node.op,
      node.inputs.map((id) => typeOf(graph, id)),
    );
    if ('mismatch' in inferred) fail(`${place}: ${inferred.mismatch}`);
    else if (!sameShape(inferred.shape, typeOf(graph, node.output).shape)) fail(`${place} has a wrong type`);
    defined.add(node.output);
  }
  for (const output of graph.outputs) if (!defined.has(output)) fail(`output ${output} is never defined`);
}

function fail(what: string): never {
  throw new Error(`internal: ${what}`);
}
