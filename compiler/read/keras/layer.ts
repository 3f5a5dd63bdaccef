import { InputError } from '../../error.ts';
import type { ValueId } from '../../ir/graph.ts';
import { formatShape, sizeOf, type Shape, type Tensor } from '../../ir/tensor.ts';
import type { FloatGraphBuilder, Op } from '../../ops/float-graph.ts';
import type { Composer } from '../composer.ts';
import { tensorsIn, type Call } from './calls.ts';
import { get, isConfig, textOr, type Config } from './config.ts';
import type { Step, WeightStore } from './weights.ts';

/** What all layers of a file share. */
export interface Scope {
  readonly builder: FloatGraphBuilder;
  readonly file: string;
  /** Of Keras: 3 gave some activations another meaning. */
  readonly version: number;
  readonly weights: WeightStore;
  /** Reads a layer inside of a layer, or a model. */
  run(layer: Layer): readonly ValueId[];
}

interface Description {
  readonly kind: string;
  readonly name: string;
  readonly config: Config;
}

/** One call of a Keras layer, with what its row in the table needs. */
export class Layer implements Composer {
  readonly kind: string;
  readonly name: string;
  readonly config: Config;
  readonly scope: Scope;
  /** From the model to this layer. */
  readonly path: readonly Step[];
  readonly call: Call<ValueId>;

  constructor({ kind, name, config }: Description, call: Call<ValueId>, path: readonly Step[], scope: Scope) {
    this.kind = kind;
    this.name = name;
    this.config = config;
    this.call = call;
    this.path = path;
    this.scope = scope;
  }

  /** The tensors that it is called with by position. */
  get inputs(): readonly ValueId[] {
    return this.call.positional.flatMap(tensorsIn);
  }

  /** Its only input, or the first one. */
  get input(): ValueId {
    const [input] = [...this.inputs, ...this.named('inputs')];
    if (input === undefined) throw this.error('is called without a tensor', 'The file looks damaged: save the model again.');
    return input;
  }

  /** The tensors that it is called with under a name. */
  named(name: string): readonly ValueId[] {
    const argument = this.call.named.get(name);
    return argument === undefined ? [] : tensorsIn(argument);
  }

  /** An argument that is no tensor: undefined where it is absent. */
  plain(position: number, name: string): unknown {
    const argument = this.call.named.get(name) ?? this.call.positional[position];
    return argument !== undefined && 'plain' in argument ? argument.plain : undefined;
  }

  get where(): string {
    const names = this.path.map(({ name, at }) => name ?? (typeof at === 'string' ? at : at.kind));
    return `${this.scope.file}, layer "${names.join('/')}" (${this.kind})`;
  }

  emit(op: Op, inputs: readonly ValueId[]): ValueId {
    return this.scope.builder.node(op, this.name, inputs);
  }

  addConstant(name: string, shape: Shape, data: Float32Array): ValueId {
    return this.scope.builder.constant(name, { shape, data });
  }

  /**
   * The weights of this layer by their names, listed in the order in which Keras creates them, since a .keras file numbers them.
   * `inside`: of a layer that this one holds. A name may have others: Keras 3 renamed some.
   */
  weights(names: readonly (string | readonly string[] | null)[], inside: readonly Step[] = []): Weights {
    return new Weights(
      this,
      [...this.path, ...inside],
      names.flatMap((name) => (name === null ? [] : [[name].flat()])),
    );
  }

  /** A layer that this one holds: { class_name, config }. */
  inner(holder: unknown, step: Step, inputs: readonly ValueId[]): Layer {
    if (!isConfig(holder)) throw this.error('holds no layer', 'The file looks damaged: save the model again.');
    const own = isConfig(holder['config']) ? holder['config'] : { layers: holder['config'] };
    const description = {
      kind: textOr(holder, 'class_name', '?'),
      name: textOr(own, 'name', this.name),
      config: { ...holder, ...own },
    };
    const call = { positional: inputs.map((tensor) => ({ tensor })), named: new Map() };
    return new Layer(description, call, [...this.path, step], this.scope);
  }

  /** Applies a layer that this one holds. */
  apply(holder: unknown, step: Step, inputs: readonly ValueId[]): readonly ValueId[] {
    return this.scope.run(this.inner(holder, step, inputs));
  }

  /** Values of a key of the configuration, one for each of `axes` spatial axes: a number stands for all. */
  perAxis(key: string, axes: number, fallback: number): readonly number[] {
    const value = [get(this.config, key) ?? fallback].flat();
    const values = value.length === 1 ? Array.from({ length: axes }, () => value[0]) : value;
    if (values.length === axes && values.every((extent) => Number.isSafeInteger(extent) && Number(extent) >= 0)) {
      return values.map(Number);
    }
    throw this.error(
      `has ${key} ${JSON.stringify(get(this.config, key))} for ${axes} axes`,
      'The file looks damaged: save the model again.',
    );
  }

  /** The index of an axis that may count from the end. */
  axis(axis: unknown, rank: number): number {
    const index = typeof axis === 'number' && axis < 0 ? axis + rank : Number(axis);
    if (Number.isInteger(index) && index >= 0 && index < rank) return index;
    throw this.refuse(`axis ${JSON.stringify(axis)} of a tensor of rank ${rank}`);
  }

  refuse(what: string): InputError {
    return this.error(`${what} is not supported`, 'Train without it, or ask for it in an issue.');
  }

  error(what: string, hint: string): InputError {
    return new InputError({ where: this.where, what, hint });
  }
}

/** Weights of one layer. */
export class Weights {
  readonly #layer: Layer;
  readonly #path: readonly Step[];
  readonly #names: readonly (readonly string[])[];

  constructor(layer: Layer, path: readonly Step[], names: readonly (readonly string[])[]) {
    this.#layer = layer;
    this.#path = path;
    this.#names = names;
  }

  /** A weight of any shape, or null. */
  find(name: string): Tensor | null {
    const place = this.#names.findIndex((names) => names.includes(name));
    return place < 0 ? null : this.#layer.scope.weights.find(this.#path, this.#names[place]!, place);
  }

  /** A weight of an exact shape, as values. Throws where the file has none or another one. */
  values(name: string, shape: Shape): Float32Array {
    const tensor = this.find(name);
    if (tensor === null) {
      throw this.#layer.error(`has no weight "${name}"`, 'Save the whole model after training: model.save("model.keras").');
    }
    if (sizeOf(tensor.shape) === sizeOf(shape) && tensor.data.length === sizeOf(shape)) return tensor.data;
    throw this.#layer.error(
      `its weight "${name}" is ${formatShape(tensor.shape)}; expected ${formatShape(shape)}`,
      'The file looks damaged: save the model again.',
    );
  }

  /** The same as a constant of the graph. */
  constant(name: string, shape: Shape): ValueId {
    return this.#layer.addConstant(`${this.#layer.name}/${name}`, shape, this.values(name, shape));
  }

  /** A bias of n values, zeros where the layer has none. */
  bias(n: number, used: boolean): ValueId {
    return used ? this.constant('bias', [n]) : this.#layer.addConstant(`${this.#layer.name}/bias`, [n], new Float32Array(n));
  }
}
