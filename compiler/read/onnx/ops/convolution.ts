import type { ValueId } from '../../../ir/graph.ts';
import type { Shape } from '../../../ir/tensor.ts';
import { reach } from '../../../ops/spatial.ts';
import { filled, rankOf, reshape, shapeOf, toChannelsFirst, toChannelsLast, transpose } from '../../compose.ts';
import type { OnnxNode } from '../node.ts';
import type { Rows } from '../row.ts';
import { autoPadOf, perAxis, sharedOut, slidingOf, writtenPads, type Pads } from '../window.ts';

/** Convolutions: channels first in the file, channels last here. */
export const convolution: Rows = {
  Conv: (node) => conv(node, node.input(0), trained(node, 1), biasOf(node, 2)),
  ConvTranspose: convTranspose,
};

/** What is made of an input that must be known while reading: weights that the model computes are refused. */
export function trained(node: OnnxNode, index: number, made = node.input(index)): ValueId {
  node.constant(index);
  return made;
}

const biasOf = (node: OnnxNode, index: number): ValueId | null => (node.has(index) ? trained(node, index) : null);

/** x: [n x in x ...spatial], w: [out x in / groups x ...kernel] -> [n x out x ...spatial]. */
export function conv(node: OnnxNode, x: ValueId, w: ValueId, bias: ValueId | null): ValueId {
  const [extents, kernel] = windowOf(node, x, w);
  const b = bias ?? filled(node, [shapeOf(node, w)[0]!], 0);
  const sliding = slidingOf(node, extents, kernel);
  const result = node.emit({ kind: 'conv', ...sliding, groups: node.int('group', 1), activation: null }, [
    toChannelsLast(node, x),
    weights(node, toChannelsLast(node, w), node.scalesOf(w, 0)),
    b,
  ]);
  return toChannelsFirst(node, result);
}

/** Weights as our op wants them, with the scales that an int8 model gives them. */
function weights(node: OnnxNode, moved: ValueId, scales: Float32Array | null): ValueId {
  const tensor = node.constantValue(moved);
  return tensor === undefined || scales === null ? moved : node.addWeights(tensor, scales);
}

/** Spatial extents of the input and of the kernel. Throws where they do not fit each other or the attributes. */
function windowOf(node: OnnxNode, x: ValueId, w: ValueId): readonly [extents: Shape, kernel: Shape] {
  const [rank, found] = [rankOf(node, x), rankOf(node, w)];
  if (rank < 3 || rank > 5 || found !== rank) throw node.refuse(`a kernel of ${found} axes over an input`, shapeOf(node, x));
  const kernel = shapeOf(node, w).slice(2);
  const written = node.ints('kernel_shape');
  if (written !== null && String(written) !== String(kernel)) {
    throw node.error(
      `has kernel_shape [${written.join(', ')}] but weights for [${kernel.join(', ')}]`,
      'The file looks damaged: export the model again.',
    );
  }
  return [shapeOf(node, x).slice(2), kernel];
}

/** w: [in x out / groups x ...kernel]. The output's extents are computed, or given by output_shape. */
function convTranspose(node: OnnxNode): ValueId {
  const [x, w] = [node.input(0), trained(node, 1)];
  const [extents, kernel] = windowOf(node, x, w);
  const axes = extents.length;
  const groups = node.int('group', 1);
  const [channels, perGroup] = shapeOf(node, w);
  const outputs = perGroup! * groups;
  const strides = perAxis(node, 'strides', axes);
  const dilations = perAxis(node, 'dilations', axes);
  const { pads, outputPadding } = transposedPads(node, extents, kernel, strides, dilations);
  // [groups * in / groups x out / groups x ...kernel] -> [groups * out / groups x ...kernel x in / groups]
  const split = reshape(node, w, [groups, channels! / groups, perGroup!, ...kernel]);
  const moved = transpose(node, split, [0, 2, ...kernel.map((_, axis) => axis + 3), 1]);
  const outputFirst = reshape(node, moved, [outputs, ...kernel, channels! / groups]);
  const result = node.emit({ kind: 'convTranspose', strides, dilations, ...pads, groups, outputPadding, activation: null }, [
    toChannelsLast(node, x),
    weights(node, outputFirst, groups === 1 ? node.scalesOf(w, 1) : null),
    biasOf(node, 2) ?? filled(node, [outputs], 0),
  ]);
  return toChannelsFirst(node, result);
}

/** https://onnx.ai/onnx/operators/onnx__ConvTranspose.html: what output_shape or auto_pad leaves too large is cut off as padding. */
function transposedPads(
  node: OnnxNode,
  extents: Shape,
  kernel: Shape,
  strides: readonly number[],
  dilations: readonly number[],
): { readonly pads: Pads; readonly outputPadding: readonly number[] } {
  const axes = extents.length;
  const outputPadding = perAxis(node, 'output_padding', axes, 0);
  const autoPad = autoPadOf(node);
  const wanted =
    node.ints('output_shape')?.slice(-axes) ??
    (autoPad.startsWith('SAME') ? extents.map((extent, axis) => extent * strides[axis]!) : null);
  if (wanted === null) {
    const none = extents.map(() => 0);
    return { pads: autoPad === 'VALID' ? { padBegin: none, padEnd: none } : writtenPads(node, axes), outputPadding };
  }
  const surplus = extents.map(
    (extent, axis) =>
      (extent - 1) * strides[axis]! + outputPadding[axis]! + reach(kernel[axis]!, dilations[axis]!) - wanted[axis]!,
  );
  // What is too small gets rows at its end, which no input pixel reaches.
  return {
    pads: sharedOut(
      surplus.map((pad) => Math.max(0, pad)),
      autoPad,
    ),
    outputPadding: outputPadding.map((padding, axis) => padding + Math.max(0, -surplus[axis]!)),
  };
}
