import type { Kernel, KernelOf, Move, Rounding } from '../../runtime-js/artifact/kernel.ts';
import type { Calibrated, Range } from '../ops/calibrated.ts';
import { InputError } from '../error.ts';
import { consumersOf, producerOf, valueId, valueOf, typeOf, type Node, type Value, type ValueId } from '../ir/graph.ts';
import { sizeOf, type Quantization, type Shape, type Tensor } from '../ir/tensor.ts';
import type { IntConstant, IntGraph, IntGraphType, Origins, ScoredGraph } from '../kernels/int-graph.ts';
import type { FloatGraph, Op, OpOf } from '../ops/float-graph.ts';
import { vectorValues } from '../../runtime-js/artifact/layout/stream.ts';
import { storedRange } from '../kernels/stored.ts';
import { activationQuantization, importedQuantization, sameGrid } from './parameters.ts';
import { widthOf, type Readers } from './width.ts';

const clamps: ReadonlySet<string> = new Set(['relu', 'relu6', 'clip']);

export const isClamp = (fn: string): boolean => clamps.has(fn);

/** The integer graph while it is being written: what the rules of `quantize/rules` work on. */
export class Lowering {
  readonly graph: FloatGraph;
  /** How the sums of an int8 model's layers are requantized. */
  readonly rounding: Rounding;
  /** Whether recurrent layers go on from the states of the run before. */
  readonly stateful: boolean;
  /** Results of the layers whose weights are int16. */
  readonly #wideLayers: ReadonlySet<ValueId>;
  readonly #file: string;
  /** Whether activations are int16 where they may be. */
  readonly #wide: boolean;
  readonly #readers: Readers;
  readonly #ranges: ReadonlyMap<ValueId, Range>;
  /** Values that stay f32: the way from the last layer's sums to the output, and what curved functions read and give. */
  readonly #float: ReadonlySet<ValueId>;
  readonly #values = new Map<ValueId, Value<IntGraphType>>();
  readonly #constants = new Map<ValueId, IntConstant>();
  readonly #nodes: Node<Kernel>[] = [];
  /** Where the value of the float graph lives in the integer graph. */
  readonly #lowered = new Map<ValueId, ValueId>();
  readonly #quantized = new Map<ValueId, ValueId>();
  /** The float node whose rule is at work, and for which nodes each step was made. */
  #at: Node<Op> | null = null;
  readonly #madeFor = new Map<ValueId, ValueId>();

  constructor(
    file: string,
    { graph, ranges }: Calibrated,
    options: {
      readonly float: ReadonlySet<ValueId>;
      readonly wide: boolean;
      readonly wideLayers: ReadonlySet<ValueId>;
      readonly stateful: boolean;
      readonly rounding: Rounding;
    },
  ) {
    this.#file = file;
    this.#wide = options.wide;
    this.rounding = options.rounding;
    this.#wideLayers = options.wideLayers;
    this.#readers = { graph, float: options.float, wideLayers: options.wideLayers };
    this.stateful = options.stateful;
    this.graph = graph;
    this.#ranges = ranges;
    this.#float = options.float;
    for (const id of graph.inputs) this.#lowered.set(id, this.#add(valueOf(graph, id).name, typeOf(graph, id)));
  }

  /** What is emitted from now on is made for this node. */
  begin(node: Node<Op>): void {
    this.#at = node;
  }

  /** The values of a constant behind a float value, or an error that names the node. */
  constant(node: Node<Op>, index: number): Float32Array {
    return this.tensor(node, index).data;
  }

  /** The constant itself, with the scales that an int8 model gives it. */
  tensor(node: Node<Op>, index: number): Tensor {
    const tensor = this.graph.constants.get(node.inputs[index]!);
    if (tensor === undefined) throw this.unsupported(node, 'its weights are computed by other nodes; they must be constants');
    return tensor;
  }

  /** Whether an earlier node computed it along with its own output. */
  isLowered(id: ValueId): boolean {
    return this.#lowered.has(id);
  }

  /** Whether the weights of a layer are int16; those of an int8 model keep their own scales. */
  hasWideWeights(node: Node<Op>): boolean {
    return this.#wideLayers.has(node.output) && this.tensor(node, 1).scales === undefined;
  }

  isFloat(id: ValueId): boolean {
    return this.#float.has(id);
  }

  /** The f32 value of the integer graph, or null if the value was quantized. */
  floatOperand(id: ValueId): ValueId | null {
    const lowered = this.#lowered.get(id)!;
    return valueOf({ values: this.#values }, lowered).type.dtype === 'f32' ? lowered : null;
  }

  /** The value as int8 activation; an f32 value (the model's input) is quantized once. */
  operand(id: ValueId): { readonly id: ValueId; readonly quantization: Quantization } {
    const lowered = this.#lowered.get(id);
    if (lowered === undefined) throw this.#trainedOperand(id);
    const type = valueOf({ values: this.#values }, lowered).type;
    if (type.dtype === 'integer') return { id: lowered, quantization: type.quantization };
    const quantization = this.quantizationOf(id);
    const known = this.#quantized.get(id);
    if (known !== undefined) return { id: known, quantization };
    const output = this.#quantizeTo(id, lowered, quantization);
    this.#quantized.set(id, output);
    return { id: output, quantization };
  }

  #quantizeTo(id: ValueId, real: ValueId, quantization: Quantization): ValueId {
    const { name, type } = valueOf(this.graph, id);
    const kernel: Kernel = { kind: 'quantize', inverseScale: Math.fround(1 / quantization.scale), ...storedRange(quantization) };
    return this.#push(kernel, `${name}/quantized`, [real], { dtype: 'integer', shape: type.shape, quantization });
  }

  quantizationOf(id: ValueId): Quantization {
    const imported = this.importedQuantization(id);
    return imported ?? activationQuantization(this.#ranges.get(id)!, this.#wide ? widthOf(id, this.#readers) : 'i8');
  }

  /**
   * The grid that an int8 model keeps a value on; null where it says nothing of it. What comes before a clamp is kept on the
   * grid behind it: int8 models clamp while they requantize.
   */
  importedQuantization(id: ValueId): Quantization | null {
    const [reader, ...others] = consumersOf(this.graph, id);
    const made = producerOf(this.graph, id);
    if (made?.op.kind === 'fakeQuantize') return importedQuantization(made.op);
    if (reader === undefined || others.length > 0) return null;
    if (reader.op.kind === 'elementwise' && isClamp(reader.op.fn)) return this.importedQuantization(reader.output);
    return reader.op.kind === 'fakeQuantize' ? importedQuantization(reader.op) : null;
  }

  addConstant(name: string, values: IntConstant, shape: readonly number[] = [values.length]): ValueId {
    const id = this.#add(name, { dtype: 'constant', shape });
    this.#constants.set(id, values);
    return id;
  }

  /**
   * Writes the kernel that computes the float node's output, as integers or (quantization null) as f32. Integers on the way
   * to the output become f32 behind it.
   */
  emit(kernel: Kernel, node: Node<Op>, inputs: readonly ValueId[], quantization: Quantization | null): void {
    const shape = typeOf(this.graph, node.output).shape;
    const type: IntGraphType = quantization === null ? { dtype: 'f32', shape } : { dtype: 'integer', shape, quantization };
    this.bind(node, this.#push(kernel, node.name, inputs, type));
  }

  /** The i32 sums of a layer, before they are requantized. */
  emitSums(kernel: Kernel, node: Node<Op>, inputs: readonly ValueId[]): ValueId {
    const { shape } = typeOf(this.graph, node.output);
    return this.#push(kernel, `${node.name}/sums`, inputs, { dtype: 'i32', shape });
  }

  /** A step of a node before its last one that gives f32. */
  emitReal(kernel: Kernel, name: string, inputs: readonly ValueId[], shape: Shape): ValueId {
    return this.#push(kernel, name, inputs, { dtype: 'f32', shape });
  }

  /** A step of a node before its last one; it keeps the scale of its operand. */
  emitBeside(kernel: Kernel, name: string, input: ValueId, shape: Shape): ValueId {
    const type = typeOf({ values: this.#values }, input);
    if (type.dtype === 'constant') throw new Error(`internal: "${name}" reads a constant`);
    return this.#push(kernel, name, [input], { ...type, shape });
  }

  /** A step of a node before its last one, at another scale. */
  emitAs(kernel: Kernel, name: string, input: ValueId, quantization: Quantization, constants: readonly ValueId[] = []): ValueId {
    const { shape } = typeOf({ values: this.#values }, input);
    return this.#push(kernel, name, [input, ...constants], { dtype: 'integer', shape, quantization });
  }

  /** The node's output is what an earlier step made. */
  bind(node: Node<Op>, lowered: ValueId): void {
    const type = typeOf({ values: this.#values }, lowered);
    if (type.dtype !== 'integer' || !this.isFloat(node.output)) {
      this.#lowered.set(node.output, lowered);
      return;
    }
    const kernel: Kernel = { kind: 'dequantize', scale: type.quantization.scale };
    const real = this.#push(kernel, `${node.name}/real`, [lowered], { dtype: 'f32', shape: type.shape });
    this.#lowered.set(node.output, real);
  }

  /** The value as f32, whatever it was kept in. */
  realOperand(id: ValueId): ValueId {
    const real = this.floatOperand(id);
    if (real !== null) return real;
    const { id: lowered, quantization } = this.operand(id);
    const { name, type } = valueOf(this.graph, id);
    const kernel: Kernel = { kind: 'dequantize', scale: quantization.scale };
    return this.#push(kernel, `${name}/real`, [lowered], { dtype: 'f32', shape: type.shape });
  }

  /** The value as int8, whatever it was kept in: what a table looks up. */
  narrowOperand(id: ValueId): { readonly id: ValueId; readonly quantization: Quantization } {
    const operand = this.operand(id);
    if (operand.quantization.dtype === 'i8') return operand;
    const quantization = activationQuantization(this.rangeOf(id), 'i8');
    return { id: this.operandAt(id, quantization), quantization };
  }

  rangeOf(id: ValueId): Range {
    return this.#ranges.get(id)!;
  }

  /** Copies boxes of the node's first input; f32 where both ends are f32. */
  emitMove(node: Node<Op>, boxes: readonly Move[], { clear }: { readonly clear: boolean }): void {
    const { id, quantization } = this.movable(node.inputs[0]!, node);
    this.emit({ kind: 'move', boxes, clear, float: quantization === null }, node, [id], quantization);
  }

  /** What a node that only moves values reads: f32 on the way to the output, else integers. */
  movable(id: ValueId, node: Node<Op>): { readonly id: ValueId; readonly quantization: Quantization | null } {
    const float = this.isFloat(node.output) ? this.floatOperand(id) : null;
    return float === null ? this.operand(id) : { id: float, quantization: null };
  }

  /** The value as integers at a given scale; an f32 value is quantized to it at once. */
  operandAt(id: ValueId, to: Quantization): ValueId {
    const real = this.floatOperand(id);
    if (real !== null && !sameGrid(this.quantizationOf(id), to)) return this.#quantizeTo(id, real, to);
    const { id: lowered, quantization: from } = this.operand(id);
    if (sameGrid(from, to)) return lowered;
    const { name, type } = valueOf(this.graph, id);
    const parts = { factor: Float32Array.of(from.scale / to.scale), offset: Float32Array.of(0) };
    const { kernel, constants } = this.affine(name, parts, sizeOf(type.shape), to);
    return this.#push(kernel, `${name}/rescaled`, [lowered, ...constants], {
      dtype: 'integer',
      shape: type.shape,
      quantization: to,
    });
  }

  /**
   * The kernel x' * factor + offset, in units of the result, and its constants. One value each, or one per channel, is
   * repeated until whole vectors fit.
   */
  affine(
    name: string,
    { factor, offset }: { readonly factor: Float32Array; readonly offset: Float32Array },
    size: number,
    to: Quantization,
  ): { readonly kernel: KernelOf<'affine'>; readonly constants: readonly ValueId[] } {
    const period = wholeVectors(factor.length, size);
    const constants = Object.entries({ factor, offset }).map(([key, values]) =>
      this.addConstant(`${name}/${key}`, repeated(values, period)),
    );
    return { kernel: { kind: 'affine', period, ...storedRange(to) }, constants };
  }

  /** Values of the float graph's tensor. */
  sizeOf(id: ValueId): number {
    return sizeOf(typeOf(this.graph, id).shape);
  }

  /** The node moves no value: its output is its input. */
  alias(node: Node<Op>): void {
    this.#lowered.set(node.output, this.#lowered.get(node.inputs[0]!)!);
  }

  #trainedOperand(id: ValueId): InputError {
    const node = consumersOf(this.graph, id)[0]!;
    return this.unsupported(
      node,
      `its operand "${valueOf(this.graph, id).name}" is trained values where an activation is expected`,
    );
  }

  unsupported(node: Node<Op>, why: string): InputError {
    return new InputError({
      where: `${this.#file}, node "${node.name}" (${node.op.kind})`,
      what: `cannot be compiled to int8: ${why}`,
      hint: 'README.md ("Models") lists what is supported; leave this layer out of the exported part, or ask for it in an issue.',
    });
  }

  /**
   * The whole graph; with a scaling, its inverse brings the reconstruction back into the user's units. `beside`: see ScoredGraph.logVariance.
   * `orders`: of the float graph's units that were sorted.
   */
  finish(scaling: Node<OpOf<'affine'>> | null, beside: ValueId | null, orders: Origins['orders']): ScoredGraph {
    const reconstruction = this.#lowered.get(this.graph.outputs[0]!)!;
    const target = this.#lowered.get(scaling === null ? this.graph.inputs[0]! : scaling.output)!;
    const output = scaling === null ? reconstruction : this.#invert(scaling, reconstruction);
    const logVariance = beside === null ? null : this.realOperand(beside);
    const graph: IntGraph = {
      values: this.#values,
      constants: this.#constants,
      inputs: this.graph.inputs.map((id) => this.#lowered.get(id)!),
      nodes: this.#nodes,
      outputs: [reconstruction, output, ...(logVariance === null ? [] : [logVariance])],
    };
    const origins = { lowered: this.#lowered, rounded: this.#quantized, madeFor: this.#madeFor, orders };
    return { graph, target, reconstruction, output, logVariance, origins };
  }

  /** y = x * scale + offset solved for x; a channel of scale 0 carries nothing and comes back as 0. */
  #invert(scaling: Node<OpOf<'affine'>>, reconstruction: ValueId): ValueId {
    const size = this.sizeOf(scaling.output);
    const scale = repeated(this.constant(scaling, 1), size);
    const offset = repeated(this.constant(scaling, 2), size);
    const inverse = scale.map((value) => (value === 0 ? 0 : 1 / value));
    const name = `${scaling.name}/inverse`;
    const constants = [
      this.addConstant(`${name}/scale`, inverse),
      this.addConstant(
        `${name}/offset`,
        offset.map((value, i) => (inverse[i] === 0 ? 0 : -value / scale[i]!)),
      ),
    ];
    return this.#push({ kind: 'scale' }, name, [reconstruction, ...constants], typeOf(this.graph, this.graph.outputs[0]!));
  }

  #push(kernel: Kernel, name: string, inputs: readonly ValueId[], type: IntGraphType): ValueId {
    const output = this.#add(name, type);
    this.#nodes.push({ op: kernel, name, inputs, output });
    if (this.#at !== null) this.#madeFor.set(output, this.#at.output);
    return output;
  }

  #add(name: string, type: IntGraphType): ValueId {
    const id = valueId(this.#values.size);
    this.#values.set(id, { id, name, type });
    return id;
  }
}

/** How often one value per channel is repeated until whole vectors fit into it, and it into `size` values. */
export const wholeVectors = (channels: number, size: number): number =>
  [1, 2, 4, 8].map((times) => times * channels).find((p) => p % vectorValues === 0 && size % p === 0) ?? channels;

/** Values over and over until there are `size`. */
export const repeated = (values: Float32Array, size: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => values[i % values.length]!);
