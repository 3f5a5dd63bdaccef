import { typeOf } from '../../ir/graph.ts';
import { axesOf, moveOf, stridesOf } from '../moves.ts';
import type { LoweringRule } from './define.ts';

/** transpose -> move */
export const transpose: LoweringRule<'transpose'> = (node, lowering) => {
  const from = stridesOf(typeOf(lowering.graph, node.inputs[0]!).shape);
  const { shape } = typeOf(lowering.graph, node.output);
  const axes = axesOf(
    shape,
    node.op.permutation.map((axis) => from[axis]!),
    stridesOf(shape),
  );
  const move = moveOf(axes);
  if (move === null) throw lowering.unsupported(node, 'it moves more than four axes');
  lowering.emitMove(node, [move], { clear: false });
};
