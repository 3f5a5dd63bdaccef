import { typeOf, type Node, type ValueId } from '../../ir/graph.ts';
import type { Quantization } from '../../ir/tensor.ts';
import { segmentsOfInterpolation } from '../../kernels/interpolate.ts';
import { greatestWideDepth, storedRange, wideLimit } from '../../kernels/stored.ts';
import { functionOf, type Elementwise } from '../../ops/elementwise.ts';
import type { OpOf } from '../../ops/float-graph.ts';
import type { Lowering } from '../lowering.ts';
import { proveNoOverflow } from '../overflow.ts';
import { maxFloat, quantizeWeights } from '../parameters.ts';
import type { LoweringRule } from './define.ts';

/** recurrent -> recurrent: int8 weights, the hidden state int16, gates and cell state f32. */
export const recurrent: LoweringRule<'recurrent'> = (node, lowering) => {
  const { op } = node;
  const [n, steps, depth] = typeOf(lowering.graph, node.inputs[0]!).shape;
  const hidden = typeOf(lowering.graph, node.inputs[2]!).shape[1]!;
  if (n !== 1) throw lowering.unsupported(node, `it runs over ${n} sequences at once`);
  if (hidden > greatestWideDepth) throw lowering.unsupported(node, `it has ${hidden} units; supported are ${greatestWideDepth}`);
  const { id: x, quantization: from } = lowering.operand(node.inputs[0]!);
  const to = stateQuantization(node, lowering);
  const first = firstStates(node, lowering, to);
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
    ...[op.gateActivation, op.activation, op.outputActivation].map((fn) =>
      lowering.addConstant(`${node.name}/${fn.fn}`, tableOf(fn)),
    ),
  ];
  const kernel = {
    kind: 'recurrent',
    cell: op.cell === 'gru' && !op.resetAfter ? 'gruResetBefore' : op.cell,
    steps: steps!,
    depth: depth!,
    hidden,
    reverse: op.reverse,
    gives: op.output,
    firstHidden: first[0] !== null,
    firstCell: first[1] !== null,
    stateful: lowering.stateful,
    inverseScale: Math.fround(1 / to.scale),
    ...storedRange(to),
  } as const;
  const operands = [x, ...first.filter((id) => id !== null), ...constants];
  lowering.emit(kernel, node, operands, op.output === 'cell' ? null : to);
};

/**
 * The first hidden state, on the grid of the others, and the first cell state, in f32; null where it is zero. They may come from
 * another layer; trained ones and peepholes must be zero, as they are in any model that scores windows.
 */
function firstStates(
  node: Node<OpOf<'recurrent'>>,
  lowering: Lowering,
  to: Quantization,
): readonly [hidden: ValueId | null, cell: ValueId | null] {
  const isGiven = (index: number, what: string): boolean => {
    const id = node.inputs[index];
    if (id === undefined) return false;
    const trained = lowering.graph.constants.get(id);
    if (trained === undefined) return true;
    if (trained.data.some((value) => value !== 0)) throw lowering.unsupported(node, `its ${what} is not zero`);
    return false;
  };
  const [hidden, cell] = [isGiven(5, 'first hidden state'), isGiven(6, 'first cell state')];
  if (isGiven(7, 'peephole')) throw lowering.unsupported(node, 'its peepholes are computed by the model');
  return [hidden ? lowering.operandAt(node.inputs[5]!, to) : null, cell ? lowering.realOperand(node.inputs[6]!) : null];
}

const boundedByOne: ReadonlySet<string> = new Set<Elementwise['fn']>(['tanh', 'sigmoid', 'hardSigmoid', 'softsign']);

/** Of the hidden state at every step; where only the last step was seen and nothing bounds the others, with room to spare. */
function stateQuantization(node: Node<OpOf<'recurrent'>>, lowering: Lowering): Quantization {
  const { cell, activation, outputActivation, output } = node.op;
  const last = cell === 'lstm' ? outputActivation : activation;
  if (boundedByOne.has(last.fn)) return { dtype: 'i16', scale: Math.fround(1 / wideLimit), zeroPoint: 0 };
  const { min, max } = lowering.rangeOf(node.output);
  const limit = Math.max(-min, max, 1e-6) * (output === 'sequence' ? 1 : 4);
  return { dtype: 'i16', scale: Math.fround(limit / wideLimit), zeroPoint: 0 };
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
