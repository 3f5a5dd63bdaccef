import type { Kernel, KernelOf } from '../../runtime-js/artifact/kernel.ts';
import { typeOf, valueOf, type Node, type ValueId } from '../ir/graph.ts';
import type { Quantization } from '../ir/tensor.ts';
import { storedRange } from '../kernels/stored.ts';
import type { Op, OpOf } from '../ops/float-graph.ts';
import type { Lowering } from './lowering.ts';

/** Where it comes from; zeros have no id. */
export interface FirstState {
  readonly source: 'zero' | 'input' | 'constant';
  readonly ids: readonly ValueId[];
}

/**
 * The first hidden state, on the grid of the others, and the first cell state, in f32: zeros, trained values, or what another
 * layer gives.
 */
export function firstStates(
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
export function trained(node: Node<OpOf<'recurrent'>>, lowering: Lowering, index: number): Float32Array | null {
  if (node.inputs[index] === undefined) return null;
  const values = lowering.constant(node, index);
  return values.every((value) => value === 0) ? null : values;
}

export type Run = Omit<KernelOf<'recurrent'>, 'hiddenStates' | 'cellState'>;

const hiddenStates = { sequence: 'all', hidden: 'last', cell: 'none' } as const;

/** Hidden states and the cell state of the same layer come from one run, which gives both in f32. */
export function emitOutputs(
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
