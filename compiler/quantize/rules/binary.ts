import type { KernelOf } from '../../../runtime-js/artifact/kernel.ts';
import { consumersOf, typeOf, type Node, type ValueId } from '../../ir/graph.ts';
import { sizeOf } from '../../ir/tensor.ts';
import { broadcastIndex } from '../../ops/binary.ts';
import type { Op, OpOf } from '../../ops/float-graph.ts';
import { boundsOn, clampOf } from '../linear.ts';
import { isClamp, type Lowering } from '../lowering.ts';
import { fixedPoint } from '../parameters.ts';
import { lowerPrelu } from '../prelu.ts';
import { axesOf, broadcastStrides, moveOf, stridesOf } from '../moves.ts';
import type { LoweringRule } from './define.ts';

const byKernel: ReadonlySet<string> = new Set<KernelOf<'binary'>['fn']>(['add', 'sub', 'mul', 'div', 'max', 'min']);
const isByKernel = (fn: string): fn is KernelOf<'binary'>['fn'] => byKernel.has(fn);

/**
 * binary -> binary of two activations, affine with a constant operand. A clamp that alone reads what two activations make (the end
 * of a residual block) is the kernel's clamp, so that its result is rounded once.
 */
export const binary: LoweringRule<'binary'> = (node, lowering) => {
  const [a, b] = node.inputs;
  const { fn } = node.op;
  if (lowering.graph.constants.has(a!) || lowering.graph.constants.has(b!)) {
    withConstant(node, lowering);
    return;
  }
  if (!isByKernel(fn)) throw lowering.unsupported(node, `${fn} of two activations`);
  const [x, y] = [lowering.operand(a!), lowering.operand(b!)];
  const clamp = clampBehind(node, lowering);
  const last = clamp ?? node;
  const to = lowering.quantizationOf(last.output);
  const bounds = boundsOn(to, clampOf(last, clamp?.op ?? null, lowering));
  const operands = [broadcast(a!, x.id), broadcast(b!, y.id)];
  if (fn === 'add' && lowering.rounding !== 'float' && lowering.importedQuantization(last.output) !== null) {
    // ADD of TensorFlow Lite's kernels/add.cc: both operands at twice the larger scale, 20 bits further left.
    const twice = 2 * Math.max(x.quantization.scale, y.quantization.scale);
    const sum = {
      kind: 'addFixed',
      rounding: lowering.rounding,
      a: fixedPoint(x.quantization.scale / twice),
      b: fixedPoint(y.quantization.scale / twice),
      out: fixedPoint(twice / (2 ** 20 * to.scale)),
      ...bounds,
    } as const;
    lowering.emit(sum, last, operands, to);
    return;
  }
  const kernel = {
    kind: 'binary',
    fn,
    scaleA: x.quantization.scale,
    scaleB: y.quantization.scale,
    inverseScale: Math.fround(1 / to.scale),
    ...bounds,
  } as const;
  lowering.emit(kernel, last, operands, to);

  /** The operand in the shape of the result. */
  function broadcast(id: ValueId, lowered: ValueId): ValueId {
    const { shape: from } = typeOf(lowering.graph, id);
    const { shape } = typeOf(lowering.graph, node.output);
    if (sizeOf(from) === sizeOf(shape)) return lowered;
    const move = moveOf(axesOf(shape, broadcastStrides(from, shape), stridesOf(shape)));
    if (move === null) throw lowering.unsupported(node, 'it repeats an operand along more than four axes');
    return lowering.emitBeside(
      { kind: 'move', boxes: [move], clear: false, float: false },
      `${node.name}/repeat`,
      lowered,
      shape,
    );
  }
};

/** The clamp that is all that reads a value, if its result is an integer too. */
function clampBehind({ output }: Node<Op>, lowering: Lowering): Node<OpOf<'elementwise'>> | null {
  const [reader, ...others] = consumersOf(lowering.graph, output);
  if (reader === undefined || others.length > 0 || lowering.graph.outputs.includes(output)) return null;
  const { op } = reader;
  return op.kind === 'elementwise' && isClamp(op.fn) && !lowering.isFloat(reader.output) ? { ...reader, op } : null;
}

/** add, sub, mul and div with trained values of any shape: y = x * factor + offset, one of each per value. */
function withConstant(node: Node<OpOf<'binary'>>, lowering: Lowering): void {
  const [a, b] = node.inputs;
  const constantFirst = lowering.graph.constants.has(a!);
  const { shape } = typeOf(lowering.graph, node.output);
  const tensor = lowering.graph.constants.get(constantFirst ? a! : b!)!;
  const at = broadcastIndex(tensor.shape, shape);
  const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => tensor.data[at(i)]!);
  const input = constantFirst ? b! : a!;
  if (node.op.fn === 'prelu' && !constantFirst) {
    lowerPrelu(node, lowering, input, values);
    return;
  }
  const ones = values.map(() => 1);
  const zeros = new Float32Array(values.length);
  const parts = {
    add: { factor: ones, offset: values },
    sub: constantFirst ? { factor: ones.map(() => -1), offset: values } : { factor: ones, offset: values.map((value) => -value) },
    mul: { factor: values, offset: zeros },
    div: constantFirst ? null : { factor: values.map((value) => 1 / value), offset: zeros },
    max: null,
    min: null,
    pow: null,
    prelu: null,
  }[node.op.fn];
  if (parts === null) throw lowering.unsupported(node, `${node.op.fn} with ${constantFirst ? 'a constant first' : 'a constant'}`);
  if (sizeOf(typeOf(lowering.graph, input).shape) !== values.length) {
    throw lowering.unsupported(node, 'it repeats an activation along the axes of a constant');
  }
  const { id, quantization: from } = lowering.operand(input);
  const to = lowering.quantizationOf(node.output);
  const inUnits = {
    factor: parts.factor.map((value) => (value * from.scale) / to.scale),
    offset: parts.offset.map((value) => value / to.scale),
  };
  const { kernel, constants } = lowering.affine(node.name, inUnits, values.length, to);
  lowering.emit(kernel, node, [id, ...constants], to);
}
