import { typeOf } from '../../ir/graph.ts';
import { axesOf, moveOf, stridesOf } from '../moves.ts';
import type { LoweringRule } from './define.ts';

/** pad -> move into a box of zeros */
export const pad: LoweringRule<'pad'> = (node, lowering) => {
  const { begin, value } = node.op;
  if (value !== 0) throw lowering.unsupported(node, `it pads with ${value}; supported is 0`);
  const { shape } = typeOf(lowering.graph, node.inputs[0]!);
  const to = stridesOf(typeOf(lowering.graph, node.output).shape);
  const start = begin.reduce((sum, extent, axis) => sum + extent * to[axis]!, 0);
  const move = moveOf(axesOf(shape, stridesOf(shape), to), 0, start);
  if (move === null) throw lowering.unsupported(node, 'it pads more than four axes');
  lowering.emitMove(node, [move], { clear: true });
};
