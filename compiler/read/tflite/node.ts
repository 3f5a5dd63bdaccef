import { InputError } from '../../error.ts';
import type { ValueId } from '../../ir/graph.ts';
import { formatShape, type Shape, type Tensor } from '../../ir/tensor.ts';
import type { Op } from '../../ops/float-graph.ts';
import { fields } from './schema.ts';
import type { Scope } from './scope.ts';
import type { Table } from './table.ts';
import { readTrained, type TfliteTensor } from './tensor.ts';

/** Far more than a window has, far less than fills the memory. */
const mostCounted = 2 ** 24;

/** One operator of the file with what its row in the table needs. */
export class TfliteNode {
  readonly kind: string;
  readonly scope: Scope;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** That of its first result. */
  readonly name: string;
  /** null where all options have their defaults. */
  readonly #options: Table | null;

  constructor(kind: string, operator: Table, scope: Scope) {
    this.kind = kind;
    this.scope = scope;
    this.inputs = operator.ints(fields.Operator.inputs);
    this.outputs = operator.ints(fields.Operator.outputs);
    this.name = scope.tensors[this.outputs[0] ?? -1]?.name ?? kind;
    this.#options = operator.table(fields.Operator.builtinOptions);
  }

  /** Whether an optional input is given. */
  has(index: number): boolean {
    return (this.inputs[index] ?? -1) >= 0;
  }

  tensor(index: number): TfliteTensor {
    return this.#existing(this.inputs, index, 'input');
  }

  output(index: number): TfliteTensor {
    return this.#existing(this.outputs, index, 'output');
  }

  input(index: number): ValueId {
    const at = this.inputs[index] ?? -1;
    const known = this.scope.values.get(at);
    if (known !== undefined) return known;
    const tensor = this.tensor(index);
    if (this.scope.spreads.has(at)) {
      throw this.error(
        `reads "${tensor.name}", which SPACE_TO_BATCH_ND spreads over the batch; supported between it and BATCH_TO_SPACE_ND are a convolution, a bias and an activation`,
        'Convert the model with a TensorFlow version that writes dilated convolutions as such.',
      );
    }
    if (this.scope.noises.has(at)) {
      throw this.error(
        `reads "${tensor.name}", which is random; supported is a sampling layer, mean + deviation * noise`,
        'Export the model for inference, without random layers.',
      );
    }
    if (tensor.isVariable) {
      throw this.error(
        `reads "${tensor.name}", which the model keeps from one run to the next`,
        'Export the model without a state of its own: each window stands for itself.',
      );
    }
    if (tensor.data.length === 0) {
      throw this.error(`reads "${tensor.name}", which nothing before it defines`, 'Export the model again.');
    }
    const { tensor: trained, scales } = readTrained(this.scope.file, tensor);
    const id = this.scope.builder.constant(tensor.name, trained);
    this.scope.values.set(at, id);
    if (scales !== null) this.scope.weightScales.set(id, scales);
    return id;
  }

  allInputs(): ValueId[] {
    return this.inputs.map((_, index) => this.input(index));
  }

  shape(index: number): Shape {
    return this.scope.builder.type(this.input(index)).shape;
  }

  /** An input whose values must be known now, from the file or computed while reading. */
  constant(index: number): Tensor {
    const found = this.scope.builder.constantOf(this.input(index));
    if (found !== undefined) return found;
    throw this.error(
      `its input ${index} ("${this.tensor(index).name}") is computed by the model; it must be a constant`,
      'Convert the model with fixed shapes and trained weights.',
    );
  }

  /** The values of an input that lists extents, axes or indices. */
  list(index: number): readonly number[] {
    return [...this.constant(index).data];
  }

  isConstant(index: number): boolean {
    return this.scope.builder.constantOf(this.input(index)) !== undefined;
  }

  /** A number of values that are counted out while reading. Throws where it is none, or too large to be meant. */
  count(values: number): number {
    if (Number.isInteger(values) && values >= 0 && values <= mostCounted) return values;
    throw this.error(
      `asks for ${values} values; expected a whole number up to ${mostCounted}`,
      'The file looks damaged: export the model again.',
    );
  }

  int(slot: number, fallback = 0): number {
    return this.#options?.int32(slot, fallback) ?? fallback;
  }

  /** An enum of one byte. */
  code(slot: number): number {
    return this.#options?.int8(slot) ?? 0;
  }

  flag(slot: number): boolean {
    return this.code(slot) !== 0;
  }

  float(slot: number, fallback = 0): number {
    return this.#options?.float32(slot, fallback) ?? fallback;
  }

  ints(slot: number): readonly number[] {
    return this.#options?.ints(slot) ?? [];
  }

  /** An axis counted from the front. Throws if the shape has none such. */
  axis(axis: number, rank: number): number {
    const counted = axis < 0 ? axis + rank : axis;
    if (Number.isInteger(counted) && counted >= 0 && counted < rank) return counted;
    throw this.error(`axis ${axis} is not one of ${rank}`, 'The file looks damaged: export the model again.');
  }

  emit(op: Op, inputs: readonly ValueId[]): ValueId {
    return this.scope.builder.node(op, this.name, inputs);
  }

  addConstant(name: string, shape: Shape, data: Float32Array): ValueId {
    return this.scope.builder.constant(name, { shape, data });
  }

  error(what: string, hint: string): InputError {
    return new InputError({ where: `${this.scope.file.name}, node "${this.name}" (${this.kind})`, what, hint });
  }

  /** For what our ops cannot say. */
  refuse(what: string, shape?: Shape): InputError {
    const place = shape === undefined ? '' : ` on ${formatShape(shape)}`;
    return this.error(`${what}${place} is not supported`, 'Convert the model without it, or ask for it in an issue.');
  }

  #existing(indices: readonly number[], index: number, kind: string): TfliteTensor {
    const tensor = this.scope.tensors[indices[index] ?? -1];
    if (tensor === undefined) throw this.scope.file.damaged(`node "${this.name}"`, `${kind} ${index} does not exist`);
    return tensor;
  }
}
