import type { Kernel, KernelOf } from '../../../runtime-js/artifact/kernel.ts';
import { typeOf, valueOf, type Node, type ValueId } from '../../ir/graph.ts';
import type { Quantization } from '../../ir/tensor.ts';
import { segmentsOfInterpolation } from '../../kernels/interpolate.ts';
import { greatestWideDepth, storedRange, wideLimit } from '../../kernels/stored.ts';
import { functionOf, type Elementwise } from '../../ops/elementwise.ts';
import type { Op, OpOf } from '../../ops/float-graph.ts';
import type { Lowering } from '../lowering.ts';
import { proveNoOverflow } from '../overflow.ts';
import { maxFloat, quantizeWeights } from '../parameters.ts';
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

/** Where it comes from; zeros have no id. */
interface FirstState {
  readonly source: 'zero' | 'input' | 'constant';
  readonly ids: readonly ValueId[];
}

/**
 * The first hidden state, on the grid of the others, and the first cell state, in f32: zeros, trained values, or what another
 * layer gives.
 */
function firstStates(
  node: Node<OpOf<'recurrent'>>,
  lowering: Lowering,
  to: Quantization,
): readonly [hidden: FirstState, cell: FirstState] {
  const stateOf = (
    index: number,
    input: (id: ValueId) => ValueId,
    stored: (values: Float32Array) => Int16Array | Float32Array,
  ): FirstState => {
    const id = node.inputs[index];
    if (id === undefined) return { source: 'zero', ids: [] };
    if (!lowering.graph.constants.has(id)) return { source: 'input', ids: [input(id)] };
    const values = trained(node, lowering, index);
    if (values === null) return { source: 'zero', ids: [] };
    const { name } = valueOf(lowering.graph, id);
    return { source: 'constant', ids: [lowering.addConstant(name, stored(values), typeOf(lowering.graph, id).shape)] };
  };
  return [
    stateOf(
      5,
      (id) => lowering.operandAt(id, to),
      (values) => Int16Array.from(values, (value) => Math.round(value / to.scale)),
    ),
    stateOf(
      6,
      (id) => lowering.realOperand(id),
      (values) => values,
    ),
  ];
}

/** Trained values, or null for none: zeros change nothing. */
function trained(node: Node<OpOf<'recurrent'>>, lowering: Lowering, index: number): Float32Array | null {
  if (node.inputs[index] === undefined) return null;
  const values = lowering.constant(node, index);
  return values.every((value) => value === 0) ? null : values;
}

type Run = Omit<KernelOf<'recurrent'>, 'hiddenStates' | 'cellState'>;

const hiddenStates = { sequence: 'all', hidden: 'last', cell: 'none' } as const;

/** Hidden states and the cell state of the same layer come from one run, which gives both in f32. */
function emitOutputs(
  node: Node<OpOf<'recurrent'>>,
  lowering: Lowering,
  run: Run,
  operands: readonly ValueId[],
  to: Quantization,
): void {
  const twin = lowering.graph.nodes.filter((other) => isTwin(node, other)).find(({ output }) => !lowering.isLowered(output));
  if (twin === undefined) {
    const cellState = node.op.output === 'cell';
    const kernel: Kernel = { ...run, hiddenStates: hiddenStates[node.op.output], cellState };
    lowering.emit(kernel, node, operands, cellState ? null : to);
    return;
  }
  const [states, cell] = node.op.output === 'cell' ? [twin, node] : [node, twin];
  const [size, cells] = [lowering.sizeOf(states.output), lowering.sizeOf(cell.output)];
  const kernel: Kernel = { ...run, hiddenStates: hiddenStates[states.op.output], cellState: true };
  const joint = lowering.emitReal(kernel, `${node.name}/states`, operands, [size + cells]);
  const part = ({ name, output }: Node<Op>, start: number): ValueId =>
    lowering.emitBeside(copyOf(start, lowering.sizeOf(output)), `${name}/part`, joint, typeOf(lowering.graph, output).shape);
  const round: Kernel = { kind: 'quantize', inverseScale: run.inverseScale, ...storedRange(to) };
  lowering.bind(states, lowering.emitAs(round, states.name, part(states, 0), to));
  lowering.bind(cell, part(cell, size));
}

/** The same layer over the same input, where one of the two gives the cell state. */
function isTwin(node: Node<OpOf<'recurrent'>>, other: Node<Op>): other is Node<OpOf<'recurrent'>> {
  if (other.op.kind !== 'recurrent' || (node.op.output === 'cell') === (other.op.output === 'cell')) return false;
  return runOf(node) === runOf(other);
}

const runOf = ({ inputs, op }: Node<Op>): string => JSON.stringify([inputs, { ...op, output: null }]);

/** `count` f32 values from place `start` on. */
const copyOf = (start: number, count: number): Kernel => ({
  kind: 'move',
  boxes: [{ input: 0, extents: [1, 1, 1, count], from: start, fromStrides: [0, 0, 0, 1], to: 0, toStrides: [0, 0, 0, 1] }],
  clear: false,
  float: true,
});

const boundedByOne: ReadonlySet<string> = new Set<Elementwise['fn']>(['tanh', 'sigmoid', 'hardSigmoid', 'softsign']);

/** Of the hidden state at every step, the first included; where only the last was seen and nothing bounds the others, with room. */
function stateQuantization(node: Node<OpOf<'recurrent'>>, lowering: Lowering): Quantization {
  const { cell, activation, outputActivation, output } = node.op;
  const last = cell === 'lstm' ? outputActivation : activation;
  const seen = lowering.rangeOf(node.output);
  const later = boundedByOne.has(last.fn) ? 1 : Math.max(-seen.min, seen.max, 1e-6) * (output === 'sequence' ? 1 : 4);
  const limit = Math.max(later, greatestOf(node.inputs[5]!, lowering));
  return { dtype: 'i16', scale: Math.fround(limit / wideLimit), zeroPoint: 0 };
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
