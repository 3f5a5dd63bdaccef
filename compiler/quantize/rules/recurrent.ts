import { typeOf, type Node, type ValueId } from '../../ir/graph.ts';
import type { Quantization } from '../../ir/tensor.ts';
import { segmentsOfInterpolation } from '../../../runtime-js/artifact/kernel.ts';
import { greatestWideDepth, storedRange, wideLimits } from '../../kernels/stored.ts';
import { functionOf, type Elementwise } from '../../ops/elementwise.ts';
import type { OpOf } from '../../ops/float-graph.ts';
import type { Lowering } from '../lowering.ts';
import { proveNoOverflow } from '../overflow.ts';
import { maxFloat, quantizeWeights } from '../parameters.ts';
import { emitOutputs, firstStates, trained } from '../recurrent-states.ts';
import type { LoweringRule } from './define.ts';

/** recurrent -> recurrent: int8 weights, the hidden state int16, gates and cell state f32. */
export const recurrent: LoweringRule<'recurrent'> = (node, lowering) => {
  if (lowering.isLowered(node.output)) return;
  const { op } = node;
  const [n, steps, depth] = typeOf(lowering.graph, node.inputs[0]!).shape;
  const hidden = typeOf(lowering.graph, node.inputs[2]!).shape[1]!;
  if (hidden > greatestWideDepth) throw lowering.unsupported(node, `it has ${hidden} units; supported are ${greatestWideDepth}`);
  const { id: x, quantization: from } = lowering.operand(node.inputs[0]!);
  const to = stateQuantization(node, lowering);
  const [firstHidden, firstCell] = firstStates(node, lowering, to);
  const peepholes = trained(node, lowering, 7);
  const w = quantized(node, lowering, 1, from);
  const u = quantized(node, lowering, 2, to);
  const constants = [
    lowering.addConstant(`${node.name}/w`, w.weights, [w.scales.length, depth!]),
    lowering.addConstant(`${node.name}/u`, u.weights, [u.scales.length, hidden]),
    lowering.addConstant(
      `${node.name}/multiplier of w`,
      Float32Array.from(w.scales, (scale) => scale * from.scale),
    ),
    lowering.addConstant(
      `${node.name}/multiplier of u`,
      Float32Array.from(u.scales, (scale) => scale * to.scale),
    ),
    lowering.addConstant(`${node.name}/bias of x`, lowering.constant(node, 3)),
    lowering.addConstant(`${node.name}/bias of h`, lowering.constant(node, 4)),
    ...(isUsual(op)
      ? []
      : [op.gateActivation, op.activation, op.outputActivation].map((fn) =>
          lowering.addConstant(`${node.name}/${fn.fn}`, tableOf(fn)),
        )),
    ...(peepholes === null ? [] : [lowering.addConstant(`${node.name}/peepholes`, peepholes)]),
  ];
  const firsts = [firstHidden, firstCell];
  const operands = ['input', 'constant'].map((source) => firsts.flatMap((first) => (first.source === source ? first.ids : [])));
  const kernel = {
    kind: 'recurrent',
    cell: op.cell === 'gru' && !op.resetAfter ? 'gruResetBefore' : op.cell,
    sequences: n!,
    steps: steps!,
    depth: depth!,
    hidden,
    reverse: op.reverse,
    firstHidden: firstHidden.source,
    firstCell: firstCell.source,
    functions: isUsual(op) ? 'quotients' : 'tables',
    peepholes: peepholes !== null,
    stateful: lowering.stateful,
    inverseScale: Math.fround(1 / to.scale),
    ...storedRange(to),
  } as const;
  emitOutputs(node, lowering, kernel, [x, ...operands[0]!, ...constants, ...operands[1]!], to);
};

/** Whether gates are sigmoids and the candidate and what leaves the cell tanh, where the cell has them. */
function isUsual({ cell, gateActivation, activation, outputActivation }: OpOf<'recurrent'>): boolean {
  const hasGates = cell === 'simple' || gateActivation.fn === 'sigmoid';
  return hasGates && activation.fn === 'tanh' && (cell !== 'lstm' || outputActivation.fn === 'tanh');
}

const boundedByOne: ReadonlySet<string> = new Set<Elementwise['fn']>(['tanh', 'sigmoid', 'hardSigmoid', 'softsign']);

/** Of the hidden state at every step, the first included; where only the last was seen and nothing bounds the others, with room. */
function stateQuantization(node: Node<OpOf<'recurrent'>>, lowering: Lowering): Quantization {
  const { cell, activation, outputActivation, output } = node.op;
  const last = cell === 'lstm' ? outputActivation : activation;
  const seen = lowering.rangeOf(node.output);
  const later = boundedByOne.has(last.fn) ? 1 : Math.max(-seen.min, seen.max, 1e-6) * (output === 'sequence' ? 1 : 4);
  const limit = Math.max(later, greatestOf(node.inputs[5]!, lowering));
  return { dtype: 'i14', scale: Math.fround(limit / wideLimits.i14), zeroPoint: 0 };
}

/** The greatest magnitude of an activation, as calibrated, or of trained values. */
function greatestOf(id: ValueId, lowering: Lowering): number {
  const values = lowering.graph.constants.get(id);
  if (values !== undefined) return values.data.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0);
  const { min, max } = lowering.rangeOf(id);
  return Math.max(-min, max);
}

function quantized(node: Node<OpOf<'recurrent'>>, lowering: Lowering, index: number, from: Quantization) {
  const weights = lowering.constant(node, index);
  const rows = typeOf(lowering.graph, node.inputs[index]!).shape[0]!;
  const result = quantizeWeights(weights, new Float32Array(rows), from.scale);
  proveNoOverflow(`node "${node.name}"`, result, storedRange(from));
  return result;
}

/** A function as straight lines: its head (start, 1 / step, bounds), then the values at the ends of the lines. */
function tableOf(activation: Elementwise): Float32Array {
  const apply = functionOf(activation);
  // tanh is flat to f32 beyond 8 and bends most; the others take longer.
  const reach = activation.fn === 'tanh' ? 8 : 16;
  const step = (2 * reach) / segmentsOfInterpolation;
  const values = Array.from({ length: segmentsOfInterpolation + 1 }, (_, i) => apply(-reach + i * step));
  const low = Math.max(-maxFloat, Math.min(apply(-maxFloat), ...values));
  const high = Math.min(maxFloat, Math.max(apply(maxFloat), ...values));
  return Float32Array.from([-reach, 1 / step, low, high, ...values]);
}
