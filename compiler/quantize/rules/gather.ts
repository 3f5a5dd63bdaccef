import { typeOf } from '../../ir/graph.ts';
import { sizeOf } from '../../ir/tensor.ts';
import { moveOfIndices } from '../moves.ts';
import type { LoweringRule } from './define.ts';

/** gather -> move where the indices follow a rule (a slice, a repetition), else a gather by table. */
export const gather: LoweringRule<'gather'> = (node, lowering) => {
  const { axis, indices } = node.op;
  const { shape } = typeOf(lowering.graph, node.inputs[0]!);
  const [outer, extent, run] = [sizeOf(shape.slice(0, axis)), shape[axis]!, sizeOf(shape.slice(axis + 1))];
  const move = moveOfIndices(indices, outer, extent, run);
  if (move !== null) {
    lowering.emitMove(node, [move], { clear: false });
    return;
  }
  const table = lowering.addConstant(`${node.name}/indices`, Int32Array.from(indices));
  const { id, quantization } = lowering.movable(node.inputs[0]!, node);
  const kernel = { kind: 'gather', outer, extent, count: indices.length, run, float: quantization === null } as const;
  lowering.emit(kernel, node, [id, table], quantization);
};
