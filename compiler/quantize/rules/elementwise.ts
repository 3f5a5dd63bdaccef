import { functionOf, type Elementwise } from '../../ops/elementwise.ts';
import { segmentsOfInterpolation } from '../../../runtime-js/artifact/kernel.ts';
import { storedRange } from '../../kernels/stored.ts';
import type { Node } from '../../ir/graph.ts';
import type { Op } from '../../ops/float-graph.ts';
import type { Lowering } from '../lowering.ts';
import { maxFloat } from '../parameters.ts';
import type { LoweringRule } from './define.ts';

/** How far from zero the straight lines of a function reach; beyond, the last one goes on: each of `straight` is constant or straight there. */
const reaches = [8, 16];

const straight: ReadonlySet<string> = new Set<Elementwise['fn']>([
  ...(['relu', 'relu6', 'clip', 'hardSigmoid', 'sigmoid', 'tanh', 'softsign'] as const),
  ...(['leakyRelu', 'elu', 'selu', 'softplus', 'silu', 'gelu', 'geluTanh', 'mish', 'hardSwish'] as const),
]);

export const isStraight = (fn: Elementwise['fn']): boolean => straight.has(fn);

/** elementwise -> lookup on int8 (nothing where the node before has clamped already); of f32 values -> interpolate, so that the reconstruction carries no int8 rounding. */
export const elementwise: LoweringRule<'elementwise'> = (node, lowering) => {
  if (lowering.isLowered(node.output)) return;
  const apply = functionOf(node.op);
  const float = lowering.floatOperand(node.inputs[0]!);
  if (float !== null && lowering.isFloat(node.output)) {
    const { min, max } = lowering.rangeOf(node.inputs[0]!);
    const reach = reaches.find((one) => one >= Math.max(-min, max)) ?? reaches.at(-1)!;
    const step = (2 * reach) / segmentsOfInterpolation;
    const table = Float32Array.from({ length: segmentsOfInterpolation + 1 }, (_, i) => apply(-reach + i * step));
    const [low, high] = [apply(-maxFloat), apply(maxFloat)];
    const bounds = {
      low: Math.max(-maxFloat, Math.min(low, ...table)),
      high: Math.min(maxFloat, Math.max(high, ...table)),
    };
    const id = lowering.addConstant(`${node.name}/table`, table);
    lowering.emit({ kind: 'interpolate', start: -reach, inverseStep: 1 / step, ...bounds }, node, [float, id], null);
    return;
  }
  lowerByTable(node, lowering, apply);
};

/** A function of one value -> lookup: its results for each value that an int8 operand can have. */
export function lowerByTable(node: Node<Op>, lowering: Lowering, apply: (x: number) => number): void {
  const { id: x, quantization: from } = lowering.narrowOperand(node.inputs[0]!);
  const to = lowering.quantizationOf(node.output);
  const { low: first, high: last } = storedRange(from);
  const bounds = storedRange(to);
  const table = Int16Array.from({ length: last - first + 1 }, (_, i) => {
    const real = apply((first + i) * from.scale);
    return Math.min(bounds.high, Math.max(bounds.low, Math.round(real / to.scale)));
  });
  lowering.emit({ kind: 'lookup', first }, node, [x, lowering.addConstant(`${node.name}/table`, table)], to);
}
