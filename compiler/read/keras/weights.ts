import type { Tensor } from '../../ir/tensor.ts';

/** A step on the way to a layer: a model, a layer, or a layer inside of a layer. */
export interface Step {
  /** Its name in the paths of weights of .h5 and TF.js files; null where these leave it out. */
  readonly name: string | null;
  /** What leads to it in a .keras file: an attribute, or among the layers of a model its class and its rank in that. */
  readonly at: string | { readonly kind: string; readonly rank: number };
}

/** The weights of a file. */
export interface WeightStore {
  /** One weight of the layer at the end of the path: by its names, or by its place among the weights of that layer. */
  find(path: readonly Step[], names: readonly string[], place: number): Tensor | null;
}

/**
 * Weights by path, as .h5 and TF.js files hold them. Paths differ between Keras versions ('dense/kernel:0',
 * 'dense/sequential/dense/kernel', 'encoder/dense/kernel'): a weight belongs to a layer if the layer's name is a part of its path;
 * the names of the models around it decide where two match.
 */
export function weightsByPath(weights: ReadonlyMap<string, () => Tensor>): WeightStore {
  const byName = new Map<string, { readonly parts: readonly string[]; readonly read: () => Tensor }[]>();
  for (const [path, read] of weights) {
    const parts = path.replace(/:\d+$/, '').split('/');
    const name = parts.pop()!;
    byName.set(name, [...(byName.get(name) ?? []), { parts, read }]);
  }
  return {
    find: (path, names) => {
      const steps = path.flatMap(({ name }) => name ?? []);
      const all = names.flatMap((name) => byName.get(name) ?? []).filter(({ parts }) => parts.includes(steps.at(-1)!));
      const matches = all.map(({ parts }) => steps.filter((step) => parts.includes(step)).length);
      return all[matches.indexOf(Math.max(...matches))]?.read() ?? null;
    },
  };
}

/** A group of model.weights.h5: the weights of a layer by their numbers, and the layers inside of it. */
export interface WeightGroup {
  /** The layer's name; Keras before 3.3 does not write it. */
  readonly name: string | null;
  readonly variables: ReadonlyMap<string, () => Tensor>;
  readonly inside: ReadonlyMap<string, WeightGroup>;
}

/** Weights as a .keras file holds them: layers/<class>_<n>/vars/<m> (keras/src/saving/saving_lib.py). */
export const weightsByGroup = (root: WeightGroup): WeightStore => ({
  find: (path, _, place) => {
    const group = path.reduce<WeightGroup | null>((at, step) => (at === null ? null : inside(at, step)), root);
    return group?.variables.get(String(place))?.() ?? null;
  },
});

function inside(group: WeightGroup, { name, at }: Step): WeightGroup | null {
  // An attribute may be a property in front of a private one.
  if (typeof at === 'string') return group.inside.get(at) ?? group.inside.get(`_${at}`) ?? null;
  const container = group.inside.get('layers') ?? group.inside.get('_layer_checkpoint_dependencies');
  if (container === undefined) return null;
  const named = [...container.inside.values()].filter((layer) => layer.name === name && name !== null);
  if (named.length === 1) return named[0]!;
  const numbers = new RegExp(`^${snakeCase(at.kind)}(?:_(\\d+))?$`);
  const ofKind = [...container.inside].flatMap(([key, layer]) => {
    const match = numbers.exec(key);
    return match === null ? [] : [{ number: Number(match[1] ?? 0), layer }];
  });
  return ofKind.toSorted((a, b) => a.number - b.number)[at.rank]?.layer ?? null;
}

/** As keras/src/utils/naming.py writes the name of a class. */
const snakeCase = (name: string): string =>
  name
    .replaceAll(/\W+/g, '')
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
