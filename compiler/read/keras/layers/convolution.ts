import type { ValueId } from '../../../ir/graph.ts';
import { sizeOf, type Shape } from '../../../ir/tensor.ts';
import { reach, spatialOf } from '../../../ops/spatial.ts';
import { filled, reshape, shapeOf, transpose } from '../../compose.ts';
import { samePads } from '../../same-padding.ts';
import { applyActivation } from '../activations.ts';
import { booleanOr, get, numberOr, textOr } from '../config.ts';
import type { Layer, Weights } from '../layer.ts';
import type { Row, Rows } from '../row.ts';
import { overChannelsLast, slidingOf } from '../window.ts';

/** Convolutions over 1 to 3 spatial axes. Keras kernels: [...kernel x in / groups x out]. */
export const convolution: Rows = {
  Conv1D: conv(1),
  Conv2D: conv(2),
  Conv3D: conv(3),
  Convolution1D: conv(1),
  Convolution2D: conv(2),
  DepthwiseConv1D: depthwise(1),
  DepthwiseConv2D: depthwise(2),
  SeparableConv1D: separable(1),
  SeparableConv2D: separable(2),
  Conv1DTranspose: convTranspose(1),
  Conv2DTranspose: convTranspose(2),
  Conv3DTranspose: convTranspose(3),
};

const usesBias = (layer: Layer): boolean => booleanOr(layer.config, 'use_bias', true);

const activated = (layer: Layer, x: ValueId): ValueId => applyActivation(layer, get(layer.config, 'activation'), x);

/** The last axis first: [...kernel x in x out] -> [out x ...kernel x in]. */
const outputsFirst = (layer: Layer, w: ValueId, axes: number): ValueId =>
  transpose(layer, w, [axes + 1, ...Array.from({ length: axes + 1 }, (_, axis) => axis)]);

function conv(axes: number): Row {
  return (layer) =>
    overChannelsLast(layer, axes, (x) => {
      const weights = layer.weights(['kernel', usesBias(layer) ? 'bias' : null]);
      const kernel = layer.perAxis('kernel_size', axes, 1);
      const groups = numberOr(layer.config, 'groups', 1);
      const filters = numberOr(layer.config, 'filters', 0);
      const perGroup = shapeOf(layer, x).at(-1)! / groups;
      const w = outputsFirst(layer, weights.constant('kernel', [...kernel, perGroup, filters]), axes);
      const bias = weights.bias(filters, usesBias(layer));
      const op = { kind: 'conv', ...slidingOf(layer, x, kernel), groups, activation: null } as const;
      return activated(layer, layer.emit(op, [x, w, bias]));
    });
}

/** [...kernel x in x multiplier] -> [in * multiplier x ...kernel x 1]: each channel by itself. */
function depthwiseWeights(layer: Layer, w: ValueId, kernel: Shape): ValueId {
  const axes = kernel.length;
  const outputs = sizeOf(shapeOf(layer, w).slice(axes));
  const order = [axes, axes + 1, ...kernel.map((_, axis) => axis)];
  return reshape(layer, transpose(layer, w, order), [outputs, ...kernel, 1]);
}

/** Outputs of each channel. TF.js does not write it down for separable convolutions; the kernel knows it. */
const multiplierOf = (layer: Layer, weights: Weights): number =>
  numberOr(layer.config, 'depth_multiplier', weights.find('depthwise_kernel')?.shape.at(-1) ?? 1);

function depthwise(axes: number): Row {
  return (layer) =>
    overChannelsLast(layer, axes, (x) => {
      const weights = layer.weights([['depthwise_kernel', 'kernel'], usesBias(layer) ? 'bias' : null]);
      const kernel = layer.perAxis('kernel_size', axes, 1);
      const channels = shapeOf(layer, x).at(-1)!;
      const multiplier = multiplierOf(layer, weights);
      const w = depthwiseWeights(layer, weights.constant('depthwise_kernel', [...kernel, channels, multiplier]), kernel);
      const bias = weights.bias(channels * multiplier, usesBias(layer));
      const op = { kind: 'conv', ...slidingOf(layer, x, kernel), groups: channels, activation: null } as const;
      return activated(layer, layer.emit(op, [x, w, bias]));
    });
}

/** A depthwise convolution without bias, then one of a single tap over all channels. */
function separable(axes: number): Row {
  return (layer) =>
    overChannelsLast(layer, axes, (x) => {
      const weights = layer.weights(['depthwise_kernel', 'pointwise_kernel', usesBias(layer) ? 'bias' : null]);
      const kernel = layer.perAxis('kernel_size', axes, 1);
      const [channels, filters] = [shapeOf(layer, x).at(-1)!, numberOr(layer.config, 'filters', 0)];
      const multiplier = multiplierOf(layer, weights);
      const inner = channels * multiplier;
      const one = kernel.map(() => 1);
      const none = kernel.map(() => 0);
      const first = depthwiseWeights(layer, weights.constant('depthwise_kernel', [...kernel, channels, multiplier]), kernel);
      const second = outputsFirst(layer, weights.constant('pointwise_kernel', [...one, inner, filters]), axes);
      const each = layer.emit({ kind: 'conv', ...slidingOf(layer, x, kernel), groups: channels, activation: null }, [
        x,
        first,
        filled(layer, [inner], 0),
      ]);
      const mixed = layer.emit(
        { kind: 'conv', strides: one, dilations: one, padBegin: none, padEnd: none, groups: 1, activation: null },
        [each, second, weights.bias(filters, usesBias(layer))],
      );
      return activated(layer, mixed);
    });
}

/** Keras kernel: [...kernel x out x in]. The padding is that of the convolution which would make x of the output. */
function convTranspose(axes: number): Row {
  return (layer) =>
    overChannelsLast(layer, axes, (x) => {
      const weights = layer.weights(['kernel', usesBias(layer) ? 'bias' : null]);
      const kernel = layer.perAxis('kernel_size', axes, 1);
      const [channels, filters] = [shapeOf(layer, x).at(-1)!, numberOr(layer.config, 'filters', 0)];
      const stored = weights.constant('kernel', [...kernel, filters, channels]);
      const w = transpose(layer, stored, [axes, ...kernel.map((_, axis) => axis), axes + 1]);
      const bias = weights.bias(filters, usesBias(layer));
      const op = { kind: 'convTranspose', ...transposedSliding(layer, x, kernel), groups: 1, activation: null } as const;
      return activated(layer, layer.emit(op, [x, w, bias]));
    });
}

/** Output extents as deconv_output_length of Keras has them (keras/src/backend/common/backend_utils.py). */
function transposedSliding(layer: Layer, x: ValueId, kernel: Shape) {
  const steps = {
    strides: layer.perAxis('strides', kernel.length, 1),
    dilations: layer.perAxis('dilation_rate', kernel.length, 1),
  };
  const same = textOr(layer.config, 'padding', 'valid').toLowerCase() === 'same';
  const given = get(layer.config, 'output_padding');
  const added = given === null || given === undefined ? null : layer.perAxis('output_padding', kernel.length, 0);
  const extents = spatialOf(shapeOf(layer, x));
  const reaches = kernel.map((extent, axis) => reach(extent, steps.dilations[axis]!));
  const outputs = extents.map((extent, axis) => {
    const [stride, span] = [steps.strides[axis]!, reaches[axis]!];
    if (added === null) return same ? extent * stride : extent * stride + Math.max(span - stride, 0);
    return (extent - 1) * stride + span - (same ? 2 * Math.floor(span / 2) : 0) + added[axis]!;
  });
  const padBegin = same ? samePads(outputs, kernel, steps).padBegin : kernel.map(() => 0);
  // Rows that the output has no room for are cut off; those that no input reaches are added.
  const surplus = outputs.map(
    (extent, axis) => (extents[axis]! - 1) * steps.strides[axis]! + reaches[axis]! - padBegin[axis]! - extent,
  );
  return {
    ...steps,
    padBegin,
    padEnd: surplus.map((rows) => Math.max(0, rows)),
    outputPadding: surplus.map((rows) => Math.max(0, -rows)),
  };
}
