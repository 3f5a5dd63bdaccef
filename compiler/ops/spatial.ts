import { formatShape, type Shape } from '../ir/tensor.ts';

/** How a window moves over the spatial axes of a channels-last tensor [n x ...spatial x c]. One entry per spatial axis. */
export interface Sliding {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padBegin: readonly number[];
  readonly padEnd: readonly number[];
}

/** Extent between the first and the last value that a dilated kernel reads. */
export const reach = (kernel: number, dilation: number): number => (kernel - 1) * dilation + 1;

/** floor((extent + pads - reach) / stride) + 1 per axis (https://onnx.ai/onnx/operators/onnx__Conv.html). */
export const slidingExtents = (extents: Shape, kernel: Shape, { strides, dilations, padBegin, padEnd }: Sliding): Shape =>
  extents.map((extent, axis) => {
    const room = extent + padBegin[axis]! + padEnd[axis]! - reach(kernel[axis]!, dilations[axis]!);
    return Math.floor(room / strides[axis]!) + 1;
  });

/** The sliding of a window over one axis and over three look alike: fewer axes than three get leading ones of extent 1. */
export interface Sliding3 {
  readonly strides: Triple;
  readonly dilations: Triple;
  readonly pads: Triple;
}
export type Triple = readonly [number, number, number];

const triple = (values: readonly number[], filler: number): Triple => {
  const [a, b, c] = [filler, filler, filler, ...values].slice(-3);
  return [a!, b!, c!];
};

export const extents3 = (extents: Shape): Triple => triple(extents, 1);

export const sliding3 = ({ strides, dilations, padBegin }: Sliding): Sliding3 => ({
  strides: triple(strides, 1),
  dilations: triple(dilations, 1),
  pads: triple(padBegin, 0),
});

/** Spatial axes of [n x ...spatial x c]. */
export const spatialOf = (shape: Shape): Shape => shape.slice(1, -1);

/** Why a sliding does not fit `axes` spatial axes, or null. */
export function slidingMismatch({ strides, dilations, padBegin, padEnd }: Sliding, kernel: Shape, axes: number): string | null {
  if (axes < 1 || axes > 3) return `has ${axes} spatial axes; supported are 1 to 3`;
  const lists = { kernel, strides, dilations, padBegin, padEnd };
  const odd = Object.entries(lists).find(([, values]) => values.length !== axes);
  if (odd !== undefined) return `has ${odd[1].length} values of ${odd[0]} for ${axes} spatial axes`;
  const zero = [...kernel, ...strides, ...dilations].some((value) => !(Number.isInteger(value) && value > 0));
  return zero ? 'has a kernel extent, stride or dilation that is not a positive whole number' : null;
}

/** Why channels, groups, weights [out x ...kernel x in / groups] and bias of a (transposed) convolution do not fit, or null. */
export function channelMismatch(groups: number, x: Shape, w: Shape, bias: Shape): string | null {
  const [channels, outputs, perGroup] = [x.at(-1)!, w[0]!, w.at(-1)!];
  if (perGroup * groups !== channels || outputs % groups !== 0) {
    return `input is ${formatShape(x)} but the weights ${formatShape(w)} in ${groups} groups read ${perGroup * groups} channels`;
  }
  const fits = bias.length === 1 && bias[0] === outputs;
  return fits ? null : `weights give ${outputs} outputs but the bias is ${formatShape(bias)}`;
}
