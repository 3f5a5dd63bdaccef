import type { ValueId } from '../../../ir/graph.ts';
import { sizeOf } from '../../../ir/tensor.ts';
import { gather, rankOf, reshape, shapeOf, slice, toChannelsLast, transpose } from '../../compose.ts';
import { resizeAxis } from '../../resize-axis.ts';
import { get, numberOr, textOr, booleanOr } from '../config.ts';
import type { Layer } from '../layer.ts';
import type { Row, Rows } from '../row.ts';
import { overChannelsLast } from '../window.ts';

/** Layers that move values, and those that resize. */
export const shaping: Rows = {
  Flatten: flatten,
  Reshape: reshapeLayer,
  Permute: permute,
  RepeatVector: repeatVector,
  UpSampling1D: upSampling(1),
  UpSampling2D: upSampling(2),
  UpSampling3D: upSampling(3),
  Resizing: resizing,
  ZeroPadding1D: zeroPadding(1),
  ZeroPadding2D: zeroPadding(2),
  ZeroPadding3D: zeroPadding(3),
  Cropping1D: cropping(1),
  Cropping2D: cropping(2),
  Cropping3D: cropping(3),
};

/** Channels that come first go last before they are flattened (keras/src/layers/reshaping/flatten.py). */
function flatten(layer: Layer): ValueId {
  const isFirst = textOr(layer.config, 'data_format', 'channels_last') === 'channels_first' && rankOf(layer, layer.input) > 2;
  const x = isFirst ? toChannelsLast(layer, layer.input) : layer.input;
  const [n, ...rest] = shapeOf(layer, x);
  return reshape(layer, x, [n!, sizeOf(rest)]);
}

/** One extent may be -1, which TF.js writes as null: what is left. */
function reshapeLayer(layer: Layer): ValueId {
  const target = [get(layer.config, 'target_shape') ?? []].flat().map((extent) => (extent === null ? -1 : Number(extent)));
  const [n, ...rest] = shapeOf(layer, layer.input);
  const known = target.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
  const shape = target.map((extent) => (extent === -1 ? sizeOf(rest) / known : extent));
  return reshape(layer, layer.input, [n!, ...shape]);
}

/** dims count from 1 and leave out the batch. */
function permute(layer: Layer): ValueId {
  const order = [get(layer.config, 'dims') ?? []].flat().map(Number);
  return transpose(layer, layer.input, [0, ...order]);
}

/** [n x c] -> [n x times x c] */
function repeatVector(layer: Layer): ValueId {
  const [n, channels] = shapeOf(layer, layer.input);
  const once = reshape(layer, layer.input, [n!, 1, channels!]);
  return gather(
    layer,
    once,
    1,
    Array.from({ length: numberOr(layer.config, 'n', 1) }, () => 0),
  );
}

/** Each spatial axis becomes `size` times as long. */
function upSampling(axes: number): Row {
  return (layer) =>
    overChannelsLast(layer, axes, (x) => {
      const sizes = layer.perAxis('size', axes, 2);
      const lengths = sizes.map((size, axis) => size * shapeOf(layer, x)[axis + 1]!);
      return resized(layer, x, lengths, textOr(layer.config, 'interpolation', 'nearest'));
    });
}

function resizing(layer: Layer): ValueId {
  const { config } = layer;
  const odd = ['crop_to_aspect_ratio', 'pad_to_aspect_ratio', 'antialias'].find((key) => booleanOr(config, key, false));
  if (odd !== undefined) throw layer.refuse(odd);
  return overChannelsLast(layer, 2, (x) => {
    const lengths = [numberOr(config, 'height', 0), numberOr(config, 'width', 0)];
    return resized(layer, x, lengths, textOr(config, 'interpolation', 'bilinear'));
  });
}

/** One axis after the other; pixels have their places at half of their width (tf.image.resize). */
function resized(layer: Layer, x: ValueId, lengths: readonly number[], interpolation: string): ValueId {
  if (interpolation !== 'nearest' && interpolation !== 'bilinear')
    throw layer.refuse(`interpolation "${interpolation.slice(0, 60)}"`);
  return lengths.reduce<ValueId>((value, to, i) => {
    const axis = i + 1;
    if (shapeOf(layer, value)[axis] === to) return value;
    if (!(Number.isSafeInteger(to) && to > 0 && to < 2 ** 20)) throw layer.refuse(`a length of ${to}`);
    return resizeAxis(layer, value, axis, to, { interpolation, alignCorners: false, halfPixelCenters: true });
  }, x);
}

/** [begin, end] of each axis: one number for all, one per axis for both ends, or a pair per axis. */
function borders(layer: Layer, key: string, axes: number): readonly (readonly [number, number])[] {
  const value = get(layer.config, key) ?? 1;
  const list: readonly unknown[] = Array.isArray(value) ? value : Array.from({ length: axes }, () => value);
  // Over one axis the pair may stand by itself.
  const pairs = axes === 1 && list.length === 2 ? [list] : list;
  const found = pairs.map((pair) => [pair].flat().map(Number)).map(([begin, end]) => [begin!, end ?? begin!] as const);
  const whole = found.flat().every((rows) => Number.isSafeInteger(rows) && rows >= 0);
  if (found.length === axes && whole) return found;
  throw layer.error(`has ${key} ${JSON.stringify(value)} for ${axes} axes`, 'The file looks damaged: save the model again.');
}

function zeroPadding(axes: number): Row {
  return (layer) =>
    overChannelsLast(layer, axes, (x) => {
      const pairs = borders(layer, 'padding', axes);
      const [begin, end] = [0, 1].map((side) => [0, ...pairs.map((pair) => pair[side]!), 0]);
      return layer.emit({ kind: 'pad', begin: begin!, end: end!, value: 0 }, [x]);
    });
}

function cropping(axes: number): Row {
  return (layer) =>
    overChannelsLast(layer, axes, (x) =>
      borders(layer, 'cropping', axes).reduce<ValueId>((value, [begin, end], i) => {
        const extent = shapeOf(layer, value)[i + 1]!;
        return slice(layer, value, i + 1, begin, Math.max(0, extent - begin - end));
      }, x),
    );
}
