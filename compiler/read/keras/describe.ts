import { InputError } from '../../error.ts';
import { callsOf, referencesIn, type Call, type TensorReference } from './calls.ts';
import { get, isConfig, textOr, type Config } from './config.ts';

/** One layer, or one operator of the functional API, as the configuration has it. */
export interface LayerDescription {
  readonly kind: string;
  readonly name: string;
  /** How many layers of its class come before it: a .keras file names weights by that. */
  readonly rank: number;
  readonly config: Config;
  readonly calls: readonly Call<TensorReference>[];
}

/** A model as a graph of calls; the layers of a Sequential one call each other in turn. */
export interface ModelDescription {
  readonly layers: readonly LayerDescription[];
  readonly inputs: readonly TensorReference[];
  readonly outputs: readonly TensorReference[];
}

const modelKinds: ReadonlySet<string> = new Set(['Sequential', 'Functional', 'Model']);
export const isModel = (kind: string): boolean => modelKinds.has(kind);

/** Reads { class_name, config }. `place`: the file and the models around, for errors. */
export function describeModel(model: Config, place: string): ModelDescription {
  const kind = textOr(model, 'class_name', '?');
  if (!isModel(kind)) {
    throw new InputError({
      where: place,
      what: `is a model of class "${kind.slice(0, 60)}"; supported are Sequential and Functional models`,
      hint: 'Rebuild a subclassed model with the functional API (same layers, then set_weights), and save that.',
    });
  }
  const config: unknown = model['config'];
  const list: unknown = Array.isArray(config) ? config : isConfig(config) ? config['layers'] : undefined;
  if (!Array.isArray(list) || list.length === 0) throw damaged(place, 'its configuration lists no layers');
  const layers = describeLayers(list, place);
  if (kind === 'Sequential') return inTurn(layers);
  const functional = config as Config;
  return {
    layers,
    inputs: referencesIn(get(functional, 'input_layers')),
    outputs: referencesIn(get(functional, 'output_layers')),
  };
}

function describeLayers(list: readonly unknown[], place: string): LayerDescription[] {
  const counts = new Map<string, number>();
  return list.map((layer, index) => {
    if (!isConfig(layer) || !isConfig(layer['config'])) {
      // Keras 1 and 2 may write a nested Sequential's configuration as the list of its layers.
      if (!isConfig(layer) || !Array.isArray(layer['config'])) throw damaged(place, `its layer ${index} has no configuration`);
    }
    const own = isConfig(layer['config']) ? layer['config'] : { layers: layer['config'] };
    const kind = textOr(layer, 'class_name', '?');
    const rank = counts.get(kind) ?? 0;
    // Operators of the functional API stand among the layers, and have no weights.
    if (!textOr(layer, 'module', '').startsWith('keras.src.ops')) counts.set(kind, rank + 1);
    return {
      kind,
      name: textOr(layer, 'name', textOr(own, 'name', `${kind} ${index}`)),
      rank,
      config: { ...layer, ...own },
      calls: callsOf(get(layer, 'inbound_nodes')),
    };
  });
}

/** A Sequential model may begin with an InputLayer, and need not. */
function inTurn(layers: readonly LayerDescription[]): ModelDescription {
  const input: LayerDescription = { kind: 'InputLayer', name: 'input', rank: 0, config: layers[0]!.config, calls: [] };
  const all = layers[0]!.kind === 'InputLayer' ? layers : [input, ...layers];
  const first = (layer: LayerDescription): TensorReference => ({ layer: layer.name, call: 0, output: 0 });
  return {
    layers: all.map((layer, i) => {
      const calls = i === 0 ? [] : [{ positional: [{ tensor: first(all[i - 1]!) }], named: new Map() }];
      return { ...layer, calls };
    }),
    inputs: [first(all[0]!)],
    outputs: [first(all.at(-1)!)],
  };
}

/** The shape of an input, its batch bound to 1. Throws where another extent is open. */
export function inputShape({ layers, inputs }: ModelDescription, place: string): readonly number[] {
  const layer = layers.find(({ name }) => name === inputs[0]!.layer);
  const shape = layer === undefined ? undefined : statedShape(layer.config);
  if (!Array.isArray(shape) || shape.length < 2) {
    throw new InputError({
      where: place,
      what: 'does not say the shape of its input',
      hint: 'Begin the model with keras.Input(shape=(...)), or call it once before saving.',
    });
  }
  const extents = shape.slice(1).map((extent) => (typeof extent === 'number' ? extent : null));
  if (extents.includes(null)) {
    throw new InputError({
      where: `${place}, input "${layer!.name}"`,
      what: `has shape [${shape.map((extent) => extent ?? '?').join(' x ')}]; only the first extent, the batch, may be open`,
      hint: 'Build the model with keras.Input(shape=(...)) of fixed extents, copy the weights with set_weights, and save that.',
    });
  }
  return [1, ...extents.map(Number)];
}

function statedShape(config: Config): unknown {
  const stated = get(config, 'batch_input_shape') ?? get(config, 'batch_shape') ?? get(config, 'build_input_shape');
  if (stated !== undefined && stated !== null) return stated;
  // Keras 3 notes the shape that a layer was built with.
  const build = get(config, 'build_config');
  if (isConfig(build)) return get(build, 'input_shape');
  const inner: unknown = config['layers'];
  const first: unknown = Array.isArray(inner) ? inner[0] : undefined;
  return isConfig(first) && isConfig(first['config']) ? statedShape(first['config']) : undefined;
}

export const damaged = (where: string, what: string): InputError =>
  new InputError({ where, what, hint: 'The file looks damaged: save the model again.' });
