import { typeOf } from '../../ir/graph.ts';
import { storedRange } from '../../kernels/stored.ts';
import { axesBack, axesLast } from '../axes-last.ts';
import type { LoweringRule } from './define.ts';

/** normalize -> normalize of rows; the sums over a row are exact. */
export const normalize: LoweringRule<'normalize'> = (node, lowering) => {
  const { axes, center, epsilon } = node.op;
  const { id, quantization: from } = lowering.operand(node.inputs[0]!);
  const to = lowering.quantizationOf(node.output);
  const rows = axesLast(lowering, node, id, typeOf(lowering.graph, node.inputs[0]!).shape, axes);
  const kernel = {
    kind: 'normalize',
    n: rows.n,
    center,
    epsilon: epsilon / from.scale ** 2,
    ratio: 1 / to.scale,
    ...storedRange(to),
  } as const;
  if (rows.permutation === null) {
    lowering.emit(kernel, node, [rows.id], to);
    return;
  }
  const normalised = lowering.emitAs(kernel, `${node.name}/rows`, rows.id, to);
  lowering.bind(node, axesBack(lowering, node, normalised, rows));
};
