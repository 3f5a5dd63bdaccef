import { InputError } from '../../error.ts';
import type { ValueId } from '../../ir/graph.ts';
import { formatShape, type Shape, type Tensor } from '../../ir/tensor.ts';
import type { Op } from '../../ops/float-graph.ts';
import { formats, type FormatName } from '../../ops/number-formats.ts';
import type { AttributeProto, NodeProto } from './schema.ts';
import { nameOf, type Scope } from './scope.ts';
import type { OnnxTensor } from './tensor.ts';

/** A whole number that f32 cannot hold. Those from 2^31 on say "to the end" in a Slice, and are not computed with. */
const isInexact = (value: number): boolean => Math.fround(value) !== value && Math.abs(value) < 2 ** 31;

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

  /** Whether an optional output has a name, so that somebody may read it. */
  wants(index: number): boolean {
    return (this.proto.output[index] ?? '') !== '';
  }

  input(index: number): ValueId {
    const name = this.proto.input[index] ?? '';
    const value = this.scope.values.get(name);
    if (value !== undefined) return value;
    const constant = this.scope.constants.get(name);
    if (constant === undefined) {
      const reason = this.scope.missing.get(name);
      if (reason !== undefined) throw this.error(`reads "${name}", ${reason}`, 'Export the model for inference.');
      throw this.error(`reads "${name}", which nothing before it defines`, 'The file looks damaged: export the model again.');
    }
    const inexact = constant.values.find(isInexact);
    if (inexact !== undefined && formats[constant.format].whole) {
      throw this.error(
        `computes with the whole number ${inexact} of "${name}"; those beyond 2^24 are not exact in f32`,
        'Export the model without arithmetic on such numbers.',
      );
    }
    const { shape, values } = constant;
    const isMask = values.includes(-Infinity) && values.every((mask) => mask === 0 || mask === -Infinity);
    const id = isMask ? this.#maskOf(name, shape, values) : this.addConstant(name, shape, Float32Array.from(values));
    this.scope.values.set(name, id);
    return id;
  }

  /** All inputs of an operator that takes any number of them. */
  inputs(): ValueId[] {
    return this.proto.input.map((_, index) => this.input(index));
  }

  shape(index: number): Shape {
    const constant = this.scope.constants.get(this.proto.input[index] ?? '');
    return constant?.shape ?? this.scope.builder.type(this.input(index)).shape;
  }

  /** Number format of an input in the file. */
  format(index: number): FormatName {
    return this.scope.formats.get(this.proto.input[index] ?? '') ?? 'float32';
  }

  /** An input whose values must be known now. */
  constant(index: number): OnnxTensor {
    const name = this.proto.input[index] ?? '';
    const found = this.#constantOrNull(name) ?? this.scope.known.get(name);
    if (found !== undefined) return found;
    throw this.error(
      `its input ${index} ("${name}") is computed by the model; it must be a constant`,
      'Export with fixed shapes, or run the model through onnx-simplifier.',
    );
  }

  /** The values of an optional input that lists extents, axes or indices; null where it is absent. */
  list(index: number): readonly number[] | null {
    return this.has(index) ? [...this.constant(index).values] : null;
  }

  isConstant(index: number): boolean {
    return this.#constantOrNull(this.proto.input[index] ?? '') !== undefined;
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

  /** One of the texts that the operator knows. */
  choice<Choice extends string>(name: string, choices: readonly [Choice, ...Choice[]]): Choice {
    const attribute = this.#attributes.get(name);
    const text = attribute === undefined ? choices[0] : new TextDecoder().decode(attribute.s);
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    throw this.error(`its ${name} is "${text}"; supported are ${choices.join(', ')}`, 'Export the model with one of these.');
  }

  texts(name: string): readonly string[] | null {
    const decoder = new TextDecoder();
    return this.#attributes.get(name)?.strings.map((text) => decoder.decode(text)) ?? null;
  }

  attribute(name: string): AttributeProto | null {
    return this.#attributes.get(name) ?? null;
  }

  /** An axis counted from the front. Throws if the shape has none such. */
  axis(axis: number, rank: number): number {
    const counted = axis < 0 ? axis + rank : axis;
    if (counted >= 0 && counted < rank) return counted;
    throw this.error(`axis ${axis} is not one of ${rank}`, 'The file looks damaged: export the model again.');
  }

  /** An extent that the file asks for: a damaged one could ask for more than any memory holds. */
  extent(size: number): number {
    if (Number.isInteger(size) && size >= 0 && size <= 2 ** 24) return size;
    throw this.refuse(`an extent of ${size}`);
  }

  emit(op: Op, inputs: readonly ValueId[]): ValueId {
    return this.scope.builder.node(op, this.name, inputs);
  }

  addConstant(name: string, shape: Shape, data: Float32Array): ValueId {
    return this.scope.builder.constant(name, { shape, data });
  }

  /** Weights [out x ...]; `scales`: of those that an int8 model holds as integers. */
  addWeights({ shape, data }: Tensor, scales: Float32Array | null): ValueId {
    return this.scope.builder.constant(`${this.name}/weights`, scales === null ? { shape, data } : { shape, data, scales });
  }

  /** The value of an operand if it is a constant. */
  constantValue(id: ValueId): Tensor | undefined {
    return this.scope.builder.constantOf(id);
  }

  /** Scales of integer weights: one, or one per index of the axis of outputs. Null where they are another thing. */
  scalesOf(weights: ValueId, outputAxis: number): Float32Array | null {
    const found = this.scope.weightScales.get(weights);
    return found !== undefined && (found.scales.length === 1 || found.axis === outputAxis) ? found.scales : null;
  }

  error(what: string, hint: string): InputError {
    return new InputError({ where: `${this.scope.file}, node "${this.name}" (${this.proto.opType})`, what, hint });
  }

  /** For an attribute that our op cannot say. */
  refuse(what: string, shape?: Shape): InputError {
    const place = shape === undefined ? '' : ` on ${formatShape(shape)}`;
    return this.error(`${what}${place} is not supported`, 'Export the model without it, or ask for it in an issue.');
  }

  /** What hides values from a softmax. Minus infinity is no trained value, so it comes from an op rather than from a constant. */
  #maskOf(name: string, shape: Shape, values: Float64Array): ValueId {
    const visible = this.addConstant(
      name,
      shape,
      Float32Array.from(values, (mask) => (mask === 0 ? 1 : 0)),
    );
    return this.emit({ kind: 'elementwise', fn: 'maskBias', parameters: [] }, [visible]);
  }

  /** From the file, or folded while reading: exporters compute shapes with a dozen small operators. */
  #constantOrNull(name: string): OnnxTensor | undefined {
    const constant = this.scope.constants.get(name);
    const value = this.scope.values.get(name);
    if (constant !== undefined || value === undefined) return constant;
    const folded = this.scope.builder.constantOf(value);
    if (folded === undefined) return undefined;
    return { format: this.scope.formats.get(name) ?? 'float32', shape: folded.shape, values: Float64Array.from(folded.data) };
  }
}
