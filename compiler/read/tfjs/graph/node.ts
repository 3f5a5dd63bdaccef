import { InputError } from '../../../error.ts';
import type { ValueId } from '../../../ir/graph.ts';
import { formatShape, type Shape, type Tensor } from '../../../ir/tensor.ts';
import type { FloatGraphBuilder, Op } from '../../../ops/float-graph.ts';
import type { Composer } from '../../composer.ts';
import { isConfig } from '../../keras/config.ts';
import { numberOf, tensorOf, textOf, type NodeDef } from './proto.ts';
import type { Noise } from './ops/noise.ts';

/** What the nodes of a file share. */
export interface Scope {
  readonly file: string;
  readonly builder: FloatGraphBuilder;
  /** Trained tensors by the name of their Const. */
  readonly weights: ReadonlyMap<string, () => Tensor>;
  /** Outputs of the nodes that were read. */
  readonly values: Map<string, readonly ValueId[]>;
  /** Random values: they have no value of the graph. */
  readonly noises: Map<string, Noise>;
}

/** Far more than a window has, far less than fills the memory. */
const mostCounted = 2 ** 24;

/** tensorflow/core/framework/types.proto */
const typeNames: Readonly<Record<number, string>> = {
  1: 'DT_FLOAT',
  2: 'DT_DOUBLE',
  3: 'DT_INT32',
  4: 'DT_UINT8',
  6: 'DT_INT8',
  9: 'DT_INT64',
  10: 'DT_BOOL',
  19: 'DT_HALF',
};

/** One node of a TF.js graph model with what its row in the table needs. */
export class GraphNode implements Composer {
  readonly kind: string;
  readonly name: string;
  readonly scope: Scope;
  readonly #def: NodeDef;

  constructor(def: NodeDef, scope: Scope) {
    this.kind = def.op;
    this.name = def.name;
    this.scope = scope;
    this.#def = def;
  }

  get inputCount(): number {
    return this.#def.inputs.length;
  }

  /** The noise that an input is, if it is. */
  noise(index: number): Noise | undefined {
    return this.scope.noises.get(tensorOf(this.#def.inputs[index] ?? '')[0]);
  }

  input(index: number): ValueId {
    const [name, output] = tensorOf(this.#def.inputs[index] ?? '');
    const value = this.scope.values.get(name)?.[output];
    if (value !== undefined) return value;
    if (this.scope.noises.has(name)) {
      throw this.error(
        `reads "${name}", which is random; supported is a sampling layer, mean + deviation * noise`,
        'Export the model for inference, without random layers.',
      );
    }
    throw this.error(
      index < this.inputCount ? `reads output ${output} of "${name}", which it does not give` : `has no input ${index}`,
      'The file looks damaged: export the model again.',
    );
  }

  allInputs(): ValueId[] {
    return this.#def.inputs.map((_, index) => this.input(index));
  }

  shape(index: number): Shape {
    return this.scope.builder.type(this.input(index)).shape;
  }

  /** An input whose values must be known now, from the file or computed while reading. */
  constant(index: number): Tensor {
    const found = this.scope.builder.constantOf(this.input(index));
    if (found !== undefined) return found;
    throw this.error(
      `its input ${index} ("${this.#def.inputs[index]}") is computed by the model; it must be a constant`,
      'Convert the model with fixed shapes and trained weights.',
    );
  }

  isConstant(index: number): boolean {
    return this.scope.builder.constantOf(this.input(index)) !== undefined;
  }

  /** The values of an input that lists extents, axes or indices. */
  list(index: number): readonly number[] {
    return [...this.constant(index).data];
  }

  #attribute(name: string, kind: string): unknown {
    const value = this.#def.attributes[name];
    return isConfig(value) ? value[kind] : undefined;
  }

  int(name: string, fallback = 0): number {
    const value = this.#attribute(name, 'i');
    return value === undefined ? fallback : numberOf(value);
  }

  float(name: string, fallback = 0): number {
    const value = this.#attribute(name, 'f');
    return value === undefined ? fallback : numberOf(value);
  }

  flag(name: string): boolean {
    return this.#attribute(name, 'b') === true;
  }

  text(name: string, fallback: string): string {
    const value = this.#attribute(name, 's');
    return value === undefined ? fallback : textOf(value);
  }

  ints(name: string): readonly number[] {
    const list = this.#attribute(name, 'list');
    return isConfig(list) && Array.isArray(list['i']) ? list['i'].map(numberOf) : [];
  }

  texts(name: string): readonly string[] {
    const list = this.#attribute(name, 'list');
    return isConfig(list) && Array.isArray(list['s']) ? list['s'].map(textOf) : [];
  }

  /** DT_FLOAT and its like, which may come by their number. */
  type(name: string): string {
    const value = this.#attribute(name, 'type');
    if (typeof value === 'number') return typeNames[value] ?? `DT_${value}`;
    return typeof value === 'string' ? value : 'DT_FLOAT';
  }

  /** A number of values that are counted out while reading. Throws where it is none, or too large to be meant. */
  count(values: number): number {
    if (Number.isInteger(values) && values >= 0 && values <= mostCounted) return values;
    throw this.error(
      `asks for ${values} values; expected a whole number up to ${mostCounted}`,
      'The file looks damaged: export the model again.',
    );
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
    return new InputError({ where: `${this.scope.file}, node "${this.name}" (${this.kind})`, what, hint });
  }

  /** For what our ops cannot say. */
  refuse(what: string, shape?: Shape): InputError {
    const place = shape === undefined ? '' : ` on ${formatShape(shape)}`;
    return this.error(`${what}${place} is not supported`, 'Convert the model without it, or ask for it in an issue.');
  }
}
