import { InputError } from '../../error.ts';
import type { ValueId } from '../../ir/graph.ts';
import { formatShape, sizeOf, type Shape, type Tensor } from '../../ir/tensor.ts';
import type { FloatGraphBuilder, Op } from '../../ops/float-graph.ts';
import { float16 } from '../float16.ts';
import { fields, tensorTypes } from './schema.ts';
import type { Table, TfliteFile } from './table.ts';

/** A tensor of the file, before it is known what it is for. */
export interface TfliteTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly type: string;
  /** Empty for what is computed. */
  readonly data: Uint8Array;
}

export interface Scope {
  readonly file: TfliteFile;
  readonly builder: FloatGraphBuilder;
  readonly tensors: readonly TfliteTensor[];
  /** Values of the graph by tensor index. */
  readonly values: Map<number, ValueId>;
}

/** One operator of the file with what its row in the table needs. */
export class TfliteNode {
  readonly kind: string;
  readonly scope: Scope;
  readonly inputs: readonly number[];
  readonly output: number;
  readonly name: string;
  /** null where all options have their defaults. */
  readonly options: Table | null;

  constructor(kind: string, operator: Table, scope: Scope) {
    this.kind = kind;
    this.scope = scope;
    this.inputs = operator.ints(fields.Operator.inputs);
    this.output = operator.ints(fields.Operator.outputs)[0] ?? -1;
    this.name = scope.tensors[this.output]?.name ?? kind;
    this.options = operator.table(fields.Operator.builtinOptions);
  }

  /** Whether an optional input is given. */
  has(index: number): boolean {
    return (this.inputs[index] ?? -1) >= 0;
  }

  tensor(index: number): TfliteTensor {
    const tensor = this.scope.tensors[this.inputs[index] ?? -1];
    if (tensor === undefined) throw this.scope.file.damaged(`node "${this.name}"`, `input ${index} does not exist`);
    return tensor;
  }

  input(index: number): ValueId {
    const known = this.scope.values.get(this.inputs[index]!);
    if (known !== undefined) return known;
    const tensor = this.tensor(index);
    if (tensor.data.length === 0)
      throw this.error(`reads "${tensor.name}", which nothing before it defines`, 'Export the model again.');
    const id = this.scope.builder.constant(tensor.name, this.constant(index));
    this.scope.values.set(this.inputs[index]!, id);
    return id;
  }

  shape(index: number): Shape {
    return this.scope.builder.type(this.input(index)).shape;
  }

  /** Trained values: float32 or float16. */
  constant(index: number): Tensor {
    const { name, shape, type, data } = this.tensor(index);
    const bytes = { float32: 4, float16: 2, int32: 4 }[type];
    if (bytes === undefined) {
      throw this.error(
        `its tensor "${name}" is ${type}`,
        'Integer TFLite models are not read yet: give the float model, which is quantized here with less loss.',
      );
    }
    const size = sizeOf(shape);
    if (data.length !== size * bytes) {
      throw this.error(
        `its tensor "${name}" has ${data.length} bytes for ${formatShape(shape)} of ${type}`,
        'The file looks damaged: export it again.',
      );
    }
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    const read = (i: number): number => {
      if (type === 'float16') return float16(view.getUint16(2 * i, true));
      return type === 'int32' ? view.getInt32(4 * i, true) : view.getFloat32(4 * i, true);
    };
    return { shape, data: Float32Array.from({ length: size }, (_, i) => read(i)) };
  }

  emit(op: Op, inputs: readonly ValueId[]): ValueId {
    return this.scope.builder.node(op, this.name, inputs);
  }

  error(what: string, hint: string): InputError {
    return new InputError({ where: `${this.scope.file.name}, node "${this.name}" (${this.kind})`, what, hint });
  }
}

export const typeName = (code: number): string => tensorTypes[code] ?? `type ${code}`;
