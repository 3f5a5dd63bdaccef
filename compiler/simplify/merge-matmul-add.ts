import { typeOf } from '../ir/graph.ts';
import { transposed } from '../ir/transposed.ts';
import { addConstant, isNode, replaceNode, type Rule } from './rewrite.ts';

/** matmul by constant weights [in x out] becomes dense with weights [out x in] and a bias of zeros; an addition that follows is folded by foldAffine. */
export const mergeMatmulAdd: Rule = (graph) => {
  for (const node of graph.nodes) {
    if (!isNode(node, 'matmul')) continue;
    const weights = graph.constants.get(node.inputs[1]!);
    if (weights === undefined || weights.shape.length !== 2 || typeOf(graph, node.inputs[0]!).shape.length < 2) continue;
    const outputs = weights.shape[1]!;
    const w = addConstant(graph, `${node.name}/weights`, transposed(weights));
    const b = addConstant(w.graph, `${node.name}/bias`, { shape: [outputs], data: new Float32Array(outputs) });
    return replaceNode(b.graph, node, [
      { ...node, op: { kind: 'dense', activation: null }, inputs: [node.inputs[0]!, w.id, b.id] },
    ]);
  }
  return null;
};
