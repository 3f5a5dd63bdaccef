import type { ValueId } from '../../ir/graph.ts';
import type { Shape } from '../../ir/tensor.ts';
import { reach, spatialOf, type Sliding } from '../../ops/spatial.ts';
import { rankOf, shapeOf, toChannelsFirst, toChannelsLast } from '../compose.ts';
import { samePads } from '../same-padding.ts';
import { get, textOr } from './config.ts';
import type { Layer } from './layer.ts';

/** Reads a layer over [n x ...spatial x c], whichever way round its data_format has the channels. */
export function overChannelsLast(layer: Layer, axes: number, read: (x: ValueId) => ValueId): ValueId {
  const x = layer.input;
  const rank = rankOf(layer, x);
  if (rank !== axes + 2) {
    throw layer.error(
      `is applied to [${shapeOf(layer, x).join(' x ')}]; it wants ${axes} spatial axes between the batch and the channels`,
      'The file looks damaged: save the model again.',
    );
  }
  return textOr(layer.config, 'data_format', 'channels_last') === 'channels_first'
    ? toChannelsFirst(layer, read(toChannelsLast(layer, x)))
    : read(x);
}

/** How a kernel slides over x as the configuration says: strides, dilation_rate, padding valid, same or causal. */
export function slidingOf(
  layer: Layer,
  x: ValueId,
  kernel: Shape,
  strides = layer.perAxis('strides', kernel.length, 1),
): Sliding {
  const steps = { strides, dilations: layer.perAxis('dilation_rate', kernel.length, 1) };
  const none = kernel.map(() => 0);
  const padding = textOr(layer.config, 'padding', 'valid').toLowerCase();
  if (padding === 'valid') return { ...steps, padBegin: none, padEnd: none };
  if (padding === 'same') return { ...steps, ...samePads(spatialOf(shapeOf(layer, x)), kernel, steps) };
  // Each output sees what came before it and nothing later.
  if (padding === 'causal') {
    return { ...steps, padBegin: kernel.map((extent, axis) => reach(extent, steps.dilations[axis]!) - 1), padEnd: none };
  }
  throw layer.refuse(`padding "${padding.slice(0, 60)}"`);
}

/** strides may be null: then they are the size of the window. */
export const stridesOrSize = (layer: Layer, size: Shape): readonly number[] => {
  const strides = get(layer.config, 'strides');
  return strides === null || strides === undefined ? size : layer.perAxis('strides', size.length, 1);
};
