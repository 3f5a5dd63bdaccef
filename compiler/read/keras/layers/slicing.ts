import type { ValueId } from '../../../ir/graph.ts';
import { rankOf } from '../../compose.ts';
import { stridedSlice } from '../../strided-slice.ts';
import { isConfig } from '../config.ts';
import type { Layer } from '../layer.ts';
import type { Rows } from '../row.ts';

/** x[:, -1, 2:5] between layers: an operator of Keras 3, and of TensorFlow in Keras 2. */
export const slicing: Rows = {
  GetItem: (layer) => sliced(layer, entriesOf(layer, 'key')),
  SlicingOpLambda: (layer) => sliced(layer, entriesOf(layer, 'slice_spec')),
};

type Entry =
  | number
  | 'ellipsis'
  | 'new axis'
  | { readonly start: number | null; readonly stop: number | null; readonly step: number };

function entriesOf(layer: Layer, name: string): readonly Entry[] {
  const argument = layer.call.named.get(name) ?? layer.call.positional[1];
  if (argument === undefined || 'tensor' in argument) throw layer.refuse('a slice that the model computes');
  const items = 'list' in argument ? argument.list : [argument];
  return items.map((item) => {
    if (!('plain' in item)) throw layer.refuse('a slice that the model computes');
    return entryOf(layer, item.plain);
  });
}

/** Keras 3 writes { class_name: '__slice__', config }, Keras 2 { start, stop, step }. */
function entryOf(layer: Layer, value: unknown): Entry {
  if (typeof value === 'number') return value;
  if (value === null) return 'new axis';
  if (isConfig(value)) {
    if (value['class_name'] === '__ellipsis__' || value['value'] === '...') return 'ellipsis';
    const bounds = isConfig(value['config']) ? value['config'] : value;
    const bound = (key: string): number | null => (typeof bounds[key] === 'number' ? bounds[key] : null);
    if ('start' in bounds || 'stop' in bounds) return { start: bound('start'), stop: bound('stop'), step: bound('step') ?? 1 };
  }
  throw layer.refuse(`a slice by ${JSON.stringify(value).slice(0, 60)}`);
}

function sliced(layer: Layer, entries: readonly Entry[]): ValueId {
  const bits = (has: (entry: Entry) => boolean): number =>
    entries.reduce<number>((mask, entry, i) => mask | (has(entry) ? 1 << i : 0), 0);
  const slices = entries.map((entry) => (typeof entry === 'object' ? entry : { start: null, stop: null, step: 1 }));
  const picked = stridedSlice(layer, layer.input, {
    begins: entries.map((entry, i) => (typeof entry === 'number' ? entry : (slices[i]!.start ?? 0))),
    ends: slices.map(({ stop }) => stop ?? 0),
    strides: slices.map(({ step }) => step),
    beginMask: bits((entry) => typeof entry === 'object' && entry.start === null),
    endMask: bits((entry) => typeof entry === 'object' && entry.stop === null),
    ellipsisMask: bits((entry) => entry === 'ellipsis'),
    newAxisMask: bits((entry) => entry === 'new axis'),
    shrinkAxisMask: bits((entry) => typeof entry === 'number'),
    offset: false,
  });
  if (picked === null)
    throw layer.refuse(`a slice of ${entries.length} entries of a tensor of rank ${rankOf(layer, layer.input)}`);
  return picked;
}
