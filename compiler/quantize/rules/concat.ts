import { typeOf } from '../../ir/graph.ts';
import { sizeOf } from '../../ir/tensor.ts';
import { moveOf } from '../moves.ts';
import type { LoweringRule } from './define.ts';

/** concat -> a move per input, each first brought to the scale of the result. */
export const concat: LoweringRule<'concat'> = (node, lowering) => {
  const { shape } = typeOf(lowering.graph, node.output);
  const outer = sizeOf(shape.slice(0, node.op.axis));
  const to = lowering.quantizationOf(node.output);
  const whole = sizeOf(shape) / outer;
  let start = 0;
  const moves = node.inputs.map((id, input) => {
    const run = sizeOf(typeOf(lowering.graph, id).shape) / outer;
    const axes = [
      { extent: outer, from: run, to: whole },
      { extent: run, from: 1, to: 1 },
    ];
    const move = moveOf(axes, 0, start, input)!;
    start += run;
    return move;
  });
  const operands = node.inputs.map((id) => lowering.operandAt(id, to));
  lowering.emit({ kind: 'move', boxes: moves, clear: false, float: false }, node, operands, to);
};
