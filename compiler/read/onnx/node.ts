import { InputError } from '../../error.ts';
import type { ValueId } from '../../ir/graph.ts';
import { formatShape, type Shape, type Tensor } from '../../ir/tensor.ts';
import type { FloatGraphBuilder, Op } from '../../ops/float-graph.ts';
import type { AttributeProto, NodeProto } from './schema.ts';
import type { OnnxTensor } from './tensor.ts';

/** Names of the file and what they stand for: values of the graph, and constants that are added to it when an op reads them. */
export interface Scope {
  readonly file: string;
  readonly builder: FloatGraphBuilder;
  readonly values: Map<string, ValueId>;
  readonly constants: Map<string, OnnxTensor>;
  /** Version of the default operator set. */
  readonly opset: number;
  /** First extent of the input as the file declares it; 1 where it is open. */
  readonly batch: number;
}

/** A node's own name, or where it has none that of its first output. */
export const nameOf = ({ name, output, opType }: NodeProto): string => (name === '' ? (output[0] ?? opType) : name);

/** One node of the file with what its row in the table needs. */
export class OnnxNode {
  readonly scope: Scope;
  readonly proto: NodeProto;
  readonly name: string;
  readonly #attributes: ReadonlyMap<string, AttributeProto>;

  constructor(proto: NodeProto, scope: Scope) {
    this.proto = proto;
    this.scope = scope;
    this.name = nameOf(proto);
    this.#attributes = new Map(proto.attribute.map((attribute) => [attribute.name, attribute]));
  }

  /** Whether an optional input is given. */
  has(index: number): boolean {
    return (this.proto.input[index] ?? '') !== '';
  }

  input(index: number): ValueId {
    const name = this.proto.input[index] ?? '';
    const value = this.scope.values.get(name);
    if (value !== undefined) return value;
    const constant = this.scope.constants.get(name);
    if (constant === undefined) {
      throw this.error(`reads "${name}", which nothing before it defines`, 'The file looks damaged: export the model again.');
    }
    const id = this.addConstant(name, constant.shape, Float32Array.from(constant.values));
    this.scope.values.set(name, id);
    return id;
  }

  shape(index: number): Shape {
    return this.scope.builder.type(this.input(index)).shape;
  }

  /** An input whose values must be known now. */
  constant(index: number): OnnxTensor {
    const constant = this.scope.constants.get(this.proto.input[index] ?? '');
    if (constant !== undefined) return constant;
    throw this.error(
      `its input ${index} ("${this.proto.input[index] ?? ''}") is computed by the model; it must be a constant`,
      'Export with fixed shapes, or run the model through onnx-simplifier.',
    );
  }

  constantTensor(index: number): Tensor {
    const { shape, values } = this.constant(index);
    return { shape, data: Float32Array.from(values) };
  }

  isConstant(index: number): boolean {
    return this.scope.constants.has(this.proto.input[index] ?? '');
  }

  float(name: string, fallback: number): number {
    return this.#attributes.get(name)?.f ?? fallback;
  }

  int(name: string, fallback: number): number {
    return this.#attributes.get(name)?.i ?? fallback;
  }

  ints(name: string): readonly number[] | null {
    return this.#attributes.get(name)?.ints ?? null;
  }

  attribute(name: string): AttributeProto | null {
    return this.#attributes.get(name) ?? null;
  }

  emit(op: Op, inputs: readonly ValueId[]): ValueId {
    return this.scope.builder.node(op, this.name, inputs);
  }

  addConstant(name: string, shape: Shape, data: Float32Array): ValueId {
    return this.scope.builder.constant(name, { shape, data });
  }

  error(what: string, hint: string): InputError {
    return new InputError({ where: `${this.scope.file}, node "${this.name}" (${this.proto.opType})`, what, hint });
  }

  /** For an attribute that our op cannot say. */
  refuse(what: string, shape?: Shape): InputError {
    const place = shape === undefined ? '' : ` on ${formatShape(shape)}`;
    return this.error(`${what}${place} is not supported`, 'Export the model with plain dense layers, or ask for it in an issue.');
  }
}
