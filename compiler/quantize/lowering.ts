import type { Kernel } from '../../runtime-js/artifact/kernel.ts';
import type { Calibrated, Range } from '../ops/calibrated.ts';
import { InputError } from '../error.ts';
import { consumersOf, valueId, valueOf, typeOf, type Node, type Value, type ValueId } from '../ir/graph.ts';
import type { Quantization } from '../ir/tensor.ts';
import type { IntConstant, IntGraph, IntGraphType, ScoredGraph } from '../kernels/int-graph.ts';
import type { FloatGraph, Op, OpOf } from '../ops/float-graph.ts';
import { greatestWideDepth, storedRange } from '../kernels/stored.ts';
import { activationQuantization } from './parameters.ts';

/** The integer graph while it is being written: what the rules of `quantize/rules` work on. */
export class Lowering {
  readonly graph: FloatGraph;
  readonly #file: string;
  /** Whether activations are int16 where they may be. */
  readonly #wide: boolean;
  readonly #ranges: ReadonlyMap<ValueId, Range>;
  /** Values that stay f32: the way from the last layer's sums to the output. */
  readonly #floatTail: ReadonlySet<ValueId>;
  readonly #values = new Map<ValueId, Value<IntGraphType>>();
  readonly #constants = new Map<ValueId, IntConstant>();
  readonly #nodes: Node<Kernel>[] = [];
  /** Where the value of the float graph lives in the integer graph. */
  readonly #lowered = new Map<ValueId, ValueId>();
  readonly #quantized = new Map<ValueId, ValueId>();

  constructor(
    file: string,
    { graph, ranges }: Calibrated,
    options: { readonly floatTail: ReadonlySet<ValueId>; readonly wide: boolean },
  ) {
    this.#file = file;
    this.#wide = options.wide;
    this.graph = graph;
    this.#ranges = ranges;
    this.#floatTail = options.floatTail;
    for (const id of graph.inputs) this.#lowered.set(id, this.#add(valueOf(graph, id).name, typeOf(graph, id)));
  }

  /** The constant behind a float value, or an error that names the node. */
  constant(node: Node<Op>, index: number): Float32Array {
    const tensor = this.graph.constants.get(node.inputs[index]!);
    if (tensor === undefined) throw this.unsupported(node, 'its weights are computed by other nodes; they must be constants');
    return tensor.data;
  }

  isFloat(id: ValueId): boolean {
    return this.#floatTail.has(id);
  }

  /** The f32 value of the integer graph, or null if the value was quantized. */
  floatOperand(id: ValueId): ValueId | null {
    const lowered = this.#lowered.get(id)!;
    return valueOf({ values: this.#values }, lowered).type.dtype === 'f32' ? lowered : null;
  }

  /** The value as int8 activation; an f32 value (the model's input) is quantized once. */
  operand(id: ValueId): { readonly id: ValueId; readonly quantization: Quantization } {
    const lowered = this.#lowered.get(id)!;
    const type = valueOf({ values: this.#values }, lowered).type;
    if (type.dtype === 'integer') return { id: lowered, quantization: type.quantization };
    const quantization = this.quantizationOf(id);
    const known = this.#quantized.get(id);
    if (known !== undefined) return { id: known, quantization };
    const { name, type: floatType } = valueOf(this.graph, id);
    const output = this.#add(`${name}/quantized`, { dtype: 'integer', shape: floatType.shape, quantization });
    const kernel: Kernel = { kind: 'quantize', inverseScale: Math.fround(1 / quantization.scale), ...storedRange(quantization) };
    this.#nodes.push({ op: kernel, name: `${name}/quantized`, inputs: [lowered], output });
    this.#quantized.set(id, output);
    return { id: output, quantization };
  }

  quantizationOf(id: ValueId): Quantization {
    return activationQuantization(this.#ranges.get(id)!, this.#wide && this.#mayBeWide(id) ? 'i16' : 'i8');
  }

  /** A table has 256 entries, so what is looked up stays int8; so does what is summed over too many inputs. */
  #mayBeWide(id: ValueId): boolean {
    return consumersOf(this.graph, id).every(({ op, inputs }) => {
      if (op.kind === 'elementwise') return this.isFloat(id);
      return op.kind !== 'dense' || typeOf(this.graph, inputs[1]!).shape[1]! <= greatestWideDepth;
    });
  }

  addConstant(name: string, values: IntConstant, shape: readonly number[] = [values.length]): ValueId {
    const id = this.#add(name, { dtype: 'constant', shape });
    this.#constants.set(id, values);
    return id;
  }

  /** Writes the kernel that computes the float node's output, as int8 or (quantization null) as f32. */
  emit(kernel: Kernel, node: Node<Op>, inputs: readonly ValueId[], quantization: Quantization | null): void {
    const shape = typeOf(this.graph, node.output).shape;
    const type: IntGraphType = quantization === null ? { dtype: 'f32', shape } : { dtype: 'integer', shape, quantization };
    const output = this.#add(node.name, type);
    this.#nodes.push({ op: kernel, name: node.name, inputs, output });
    this.#lowered.set(node.output, output);
  }

  /** The node moves no value: its output is its input. */
  alias(node: Node<Op>): void {
    this.#lowered.set(node.output, this.#lowered.get(node.inputs[0]!)!);
  }

  unsupported(node: Node<Op>, why: string): InputError {
    return new InputError({
      where: `${this.#file}, node "${node.name}" (${node.op.kind})`,
      what: `cannot be compiled to int8: ${why}`,
      hint: 'Supported are dense autoencoders: dense layers with BatchNorm and activations between one input and one output.',
    });
  }

  /** The whole graph; with a scaling, its inverse brings the reconstruction back into the user's units. */
  finish(scaling: Node<OpOf<'affine'>> | null): ScoredGraph {
    const reconstruction = this.#lowered.get(this.graph.outputs[0]!)!;
    const target = this.#lowered.get(scaling === null ? this.graph.inputs[0]! : scaling.output)!;
    const output = scaling === null ? reconstruction : this.#invert(scaling, reconstruction);
    const graph: IntGraph = {
      values: this.#values,
      constants: this.#constants,
      inputs: this.graph.inputs.map((id) => this.#lowered.get(id)!),
      nodes: this.#nodes,
      outputs: [reconstruction, output],
    };
    return { graph, target, reconstruction, output };
  }

  /** y = x * scale + offset solved for x; a channel of scale 0 carries nothing and comes back as 0. */
  #invert(scaling: Node<OpOf<'affine'>>, reconstruction: ValueId): ValueId {
    const scale = this.constant(scaling, 1);
    const offset = this.constant(scaling, 2);
    const inverse = scale.map((value) => (value === 0 ? 0 : 1 / value));
    const name = `${scaling.name}/inverse`;
    const constants = [
      this.addConstant(`${name}/scale`, inverse),
      this.addConstant(
        `${name}/offset`,
        offset.map((value, i) => (inverse[i] === 0 ? 0 : -value / scale[i]!)),
      ),
    ];
    const output = this.#add(name, typeOf(this.graph, this.graph.outputs[0]!));
    this.#nodes.push({ op: { kind: 'scale' }, name, inputs: [reconstruction, ...constants], output });
    return output;
  }

  #add(name: string, type: IntGraphType): ValueId {
    const id = valueId(this.#values.size);
    this.#values.set(id, { id, name, type });
    return id;
  }
}
