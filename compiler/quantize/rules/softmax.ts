import { typeOf } from '../../ir/graph.ts';
import { expOfNegative, highProduct } from '../../kernels/fixed-point.ts';
import { storedRange } from '../../kernels/stored.ts';
import { fixedPoint } from '../parameters.ts';
import type { LoweringRule } from './define.ts';

/** softmax -> softmax of rows: powers come from a table by the distance to the greatest value of the row. */
export const softmax: LoweringRule<'softmax'> = (node, lowering) => {
  const { id, quantization: from } = lowering.narrowOperand(node.inputs[0]!);
  const to = lowering.quantizationOf(node.output);
  const n = typeOf(lowering.graph, node.output).shape.at(-1) ?? 1;
  if (lowering.rounding !== 'float' && lowering.importedQuantization(node.output) !== null && to.scale === 2 ** -8) {
    const exps = lowering.addConstant(`${node.name}/powers`, fixedPowers(from.scale));
    lowering.emit({ kind: 'softmaxFixed', n }, node, [id, exps], to);
    return;
  }
  const { low, high } = storedRange(from);
  const table = Float32Array.from({ length: high - low + 1 }, (_, distance) => Math.exp(-distance * from.scale));
  const kernel = {
    kind: 'softmax',
    n,
    inverseScale: Math.fround(1 / to.scale),
    ...storedRange(to),
  } as const;
  lowering.emit(kernel, node, [id, lowering.addConstant(`${node.name}/powers`, table)], to);
};

/**
 * e^-(d * scale) in units of 2^-31 for each int8 difference d, as int8 TensorFlow Lite computes it: the difference with five
 * integer bits, what is beyond those is 0 (PreprocessSoftmaxScaling in kernels/internal/quantization_util.cc).
 */
function fixedPowers(scale: number): Int32Array {
  const { mantissa, shift } = fixedPoint(Math.min(scale * 2 ** 26, 2 ** 31 - 1));
  const furthest = Math.floor((31 * 2 ** 26) / 2 ** shift);
  return Int32Array.from({ length: 256 }, (_, d) => (d > furthest ? 0 : expOfNegative(highProduct(-d * 2 ** shift, mantissa))));
}
