import { InputError } from '../../error.ts';
import type { ValueId } from '../../ir/graph.ts';
import type { Tensor } from '../../ir/tensor.ts';
import { floatGraphBuilder, type FloatGraph, type FloatGraphBuilder } from '../../ops/float-graph.ts';
import { get, isConfig, textOr, type Config } from './config.ts';
import { Layer, type FindWeights } from './layer.ts';
import { layers } from './layers.ts';

interface Description {
  readonly kind: string;
  readonly name: string;
  readonly config: Config;
  /** Names of the layers that it reads; empty for the input, null in a Sequential model: the layer before. */
  readonly reads: readonly string[] | null;
}

interface Context {
  readonly builder: FloatGraphBuilder;
  readonly file: string;
  readonly find: FindWeights;
  /** Names of the models around, outermost first. */
  readonly path: readonly string[];
}

const modelKinds: ReadonlySet<string> = new Set(['Sequential', 'Functional', 'Model']);

/**
 * The graph of a Keras model configuration ({ class_name, config }) and its weights by path
 * ('encoder/dense_1/kernel'). Sequential and Functional, nested ones too.
 */
export function kerasGraph(file: string, model: unknown, weights: ReadonlyMap<string, () => Tensor>): FloatGraph {
  const builder = floatGraphBuilder(file);
  const context: Context = { builder, file, find: weightFinder(weights), path: [] };
  if (!isConfig(model)) throw damaged(file, 'its model configuration is not an object');
  const described = describe(model, context);
  const input = builder.input(...inputOf(described.layers, file));
  return builder.finish([runModel(described, input, context)]);
}

interface ModelDescription {
  readonly layers: readonly Description[];
  readonly output: string;
}

function describe(model: Config, { file, path }: Context): ModelDescription {
  const kind = textOr(model, 'class_name', '?');
  const place = path.length === 0 ? file : `${file}, model "${path.join('/')}"`;
  if (!modelKinds.has(kind)) {
    throw new InputError({
      where: place,
      what: `is a model of class "${kind}"; supported are Sequential and Functional models`,
      hint: 'Rebuild a subclassed model with the functional API (same layers, then set_weights), and save that.',
    });
  }
  const config: unknown = model['config'];
  const list: unknown = Array.isArray(config) ? config : isConfig(config) ? config['layers'] : undefined;
  if (!Array.isArray(list) || list.length === 0) throw damaged(place, 'its configuration lists no layers');
  const described = list.map((layer, i) => describeLayer(layer, i, kind === 'Sequential', place));
  if (kind === 'Sequential') return { layers: described, output: described.at(-1)!.name };
  const functional = config as Config;
  checkSingle(place, 'input', tensorsIn(get(functional, 'input_layers')));
  const outputs = tensorsIn(get(functional, 'output_layers'));
  checkSingle(place, 'output', outputs);
  return { layers: described, output: outputs[0]! };
}

function describeLayer(layer: unknown, index: number, sequential: boolean, place: string): Description {
  if (!isConfig(layer) || !isConfig(layer['config'])) throw damaged(place, `its layer ${index} has no configuration`);
  const config = layer['config'];
  const kind = textOr(layer, 'class_name', '?');
  const name = textOr(layer, 'name', textOr(config, 'name', `${kind} ${index}`));
  if (sequential) return { kind, name, config: { ...layer, ...config }, reads: null };
  const nodes: unknown = get(layer, 'inbound_nodes');
  if (Array.isArray(nodes) && nodes.length > 1) {
    throw new InputError({
      where: `${place}, layer "${name}" (${kind})`,
      what: `is used ${nodes.length} times; supported is one use of each layer`,
      hint: 'Copy the layer instead of sharing it.',
    });
  }
  return { kind, name, config: { ...layer, ...config }, reads: tensorsIn(nodes) };
}

/**
 * Names of the layers behind the tensors in `inbound_nodes`, `input_layers` or `output_layers`: ["dense", 0, 0, {}] in
 * any nesting, or Keras 3's { class_name: '__keras_tensor__', config: { keras_history: ["dense", 0, 0] } }.
 */
function tensorsIn(value: unknown): string[] {
  if (Array.isArray(value)) {
    const [name, node] = value;
    if (typeof name === 'string' && typeof node === 'number') return [name];
    return value.flatMap(tensorsIn);
  }
  if (!isConfig(value)) return [];
  if (isConfig(value['config']) && Array.isArray(value['config']['keras_history']))
    return tensorsIn(value['config']['keras_history']);
  return tensorsIn(value['args']);
}

function checkSingle(place: string, kind: string, names: readonly string[]): void {
  if (names.length === 1) return;
  throw new InputError({
    where: place,
    what: `has ${names.length} ${kind}s (${names.join(', ')}); an autoencoder has one`,
    hint: 'Save only the part of the model from its input to its reconstruction.',
  });
}

function inputOf(described: readonly Description[], file: string): [string, readonly number[]] {
  for (const { name, config, kind } of described) {
    const shape = get(config, 'batch_input_shape') ?? get(config, 'batch_shape') ?? buildShape(config);
    if (Array.isArray(shape) && shape.length >= 2) return [name, [1, ...shape.slice(1).map(Number)]];
    const inner: unknown = config['layers'];
    if (modelKinds.has(kind) && Array.isArray(inner)) {
      return inputOf(
        inner.map((layer, i) => describeLayer(layer, i, true, file)),
        file,
      );
    }
    break;
  }
  throw new InputError({
    where: file,
    what: 'does not say the shape of its input',
    hint: 'Begin the model with keras.Input(shape=(...)), or call it once before saving.',
  });
}

/** Keras 3 notes the shape that a Sequential model was built with. */
function buildShape(config: Config): unknown {
  const build = get(config, 'build_config');
  return isConfig(build) ? get(build, 'input_shape') : undefined;
}

function runModel({ layers: described, output }: ModelDescription, input: ValueId, context: Context): ValueId {
  const results = new Map<string, ValueId>();
  let previous = input;
  for (const description of described) {
    const { reads, name } = description;
    const isInput = reads === null ? results.size === 0 : reads.length === 0;
    const x = isInput ? input : reads === null ? previous : readSingle(description, results, context);
    previous = runLayer(description, x, context);
    results.set(name, previous);
  }
  const result = results.get(output);
  if (result === undefined) throw damaged(context.file, `its output layer "${output}" does not exist`);
  return result;
}

function readSingle({ kind, name, reads }: Description, results: ReadonlyMap<string, ValueId>, { file }: Context): ValueId {
  const where = `${file}, layer "${name}" (${kind})`;
  if (reads!.length > 1) {
    throw new InputError({
      where,
      what: `joins ${reads!.length} tensors (${reads!.join(', ')}); supported are chains of layers`,
      hint: `Supported layers are ${supported}.`,
    });
  }
  const x = results.get(reads![0]!);
  if (x === undefined) throw damaged(where, `reads layer "${reads![0]}", which does not come before it`);
  return x;
}

function runLayer(description: Description, x: ValueId, context: Context): ValueId {
  const { kind, name, config } = description;
  const path = [...context.path, name];
  if (modelKinds.has(kind)) {
    const inner: Context = { ...context, path };
    const model = describe({ class_name: kind, config: Array.isArray(config['config']) ? config['config'] : config }, inner);
    return runModel(model, x, inner);
  }
  const row = Object.hasOwn(layers, kind) ? layers[kind] : undefined;
  if (row === undefined) {
    throw new InputError({
      where: `${context.file}, layer "${path.join('/')}" (${kind})`,
      what: `layers of class ${kind} are not supported`,
      hint: `Supported layers are ${supported}.`,
    });
  }
  return row(new Layer({ kind, name, config }, context), x);
}

const supported = Object.keys(layers).join(', ');

/**
 * Weight paths differ between Keras versions ('dense/kernel:0', 'dense/sequential/dense/kernel', 'encoder/dense/kernel'):
 * a weight belongs to a layer if the layer's name is a part of its path; the names of the models around decide where two match.
 */
function weightFinder(weights: ReadonlyMap<string, () => Tensor>): FindWeights {
  const all = [...weights].map(([path, read]) => ({ parts: path.replace(/:\d+$/, '').split('/'), read }));
  return (path) => {
    const layer = path.at(-1)!;
    const own = all.filter(({ parts }) => parts.slice(0, -1).includes(layer));
    const inside = own.filter(({ parts }) => path.every((name) => parts.includes(name)));
    return new Map((inside.length > 0 ? inside : own).map(({ parts, read }) => [parts.at(-1)!, read()]));
  };
}

const damaged = (where: string, what: string): InputError =>
  new InputError({ where, what, hint: 'The file looks damaged: save the model again.' });
