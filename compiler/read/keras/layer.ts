import { InputError } from '../../error.ts';
import type { ValueId } from '../../ir/graph.ts';
import { formatShape, sizeOf, type Shape, type Tensor } from '../../ir/tensor.ts';
import type { FloatGraphBuilder } from '../../ops/float-graph.ts';
import type { Config } from './config.ts';

/** Finds the weights of a layer by its name and those of the models around it, outermost first. */
export type FindWeights = (path: readonly string[]) => ReadonlyMap<string, Tensor>;

/** One layer of a Keras model with what its row in the table needs. */
export class Layer {
  readonly kind: string;
  readonly name: string;
  readonly config: Config;
  readonly builder: FloatGraphBuilder;
  readonly #file: string;
  readonly #path: readonly string[];
  readonly #find: FindWeights;

  constructor(
    description: { readonly kind: string; readonly name: string; readonly config: Config },
    context: {
      readonly builder: FloatGraphBuilder;
      readonly file: string;
      readonly path: readonly string[];
      readonly find: FindWeights;
    },
  ) {
    this.kind = description.kind;
    this.name = description.name;
    this.config = description.config;
    this.builder = context.builder;
    this.#file = context.file;
    this.#path = [...context.path, description.name];
    this.#find = context.find;
  }

  get where(): string {
    return `${this.#file}, layer "${this.#path.join('/')}" (${this.kind})`;
  }

  weight(name: string): Tensor | null {
    return this.#find(this.#path).get(name) ?? null;
  }

  /** A weight of an exact shape. */
  needWeight(name: string, shape: Shape): Tensor {
    const tensor = this.weight(name);
    if (tensor === null)
      throw this.error(`has no weight "${name}"`, 'Save the whole model after training: model.save("model.h5").');
    if (sizeOf(tensor.shape) === sizeOf(shape) && tensor.data.length === sizeOf(shape)) return { shape, data: tensor.data };
    throw this.error(
      `its weight "${name}" is ${formatShape(tensor.shape)}; expected ${formatShape(shape)}`,
      'The file looks damaged: save the model again.',
    );
  }

  /** Adds y = x * scale + offset along the last axis. */
  affine(x: ValueId, scale: Float32Array, offset: Float32Array): ValueId {
    const shape = [scale.length];
    const inputs = [
      x,
      this.builder.constant(`${this.name}/scale`, { shape, data: scale }),
      this.builder.constant(`${this.name}/offset`, { shape, data: offset }),
    ];
    return this.builder.node({ kind: 'affine' }, this.name, inputs);
  }

  /** Values along the last axis of x. */
  channels(x: ValueId): number {
    return this.builder.type(x).shape.at(-1)!;
  }

  error(what: string, hint: string): InputError {
    return new InputError({ where: this.where, what, hint });
  }
}
