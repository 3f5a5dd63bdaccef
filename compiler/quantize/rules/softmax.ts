import { typeOf } from '../../ir/graph.ts';
import { storedRange } from '../../kernels/stored.ts';
import type { LoweringRule } from './define.ts';

/** softmax -> softmax of rows: powers come from a table by the distance to the greatest value of the row. */
export const softmax: LoweringRule<'softmax'> = (node, lowering) => {
  const { id, quantization: from } = lowering.narrowOperand(node.inputs[0]!);
  const to = lowering.quantizationOf(node.output);
  const { low, high } = storedRange(from);
  const table = Float32Array.from({ length: high - low + 1 }, (_, distance) => Math.exp(-distance * from.scale));
  const kernel = {
    kind: 'softmax',
    n: typeOf(lowering.graph, node.output).shape.at(-1) ?? 1,
    inverseScale: Math.fround(1 / to.scale),
    ...storedRange(to),
  } as const;
  lowering.emit(kernel, node, [id, lowering.addConstant(`${node.name}/powers`, table)], to);
};
