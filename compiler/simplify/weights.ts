import { sizeOf, type Shape, type Tensor } from '../ir/tensor.ts';

/** Weights of linear ops: [out x ... x in / groups]. Output o belongs to group floor(o / (out / groups)). */

/** w[o][...] * factors[o]; integers of an int8 model stay what they are, at scales that grow with them. */
export function scaleRows({ shape, data, scales }: Tensor, factors: Float32Array): Tensor {
  const depth = data.length / shape[0]!;
  const scaled = { shape, data: data.map((value, i) => value * factors[Math.floor(i / depth)]!) };
  if (scales === undefined || factors.some((factor) => factor === 0)) return scaled;
  return { ...scaled, scales: factors.map((factor, o) => Math.abs(factor) * scales[scales.length === 1 ? 0 : o]!) };
}

/** w[o][...][i] * factors[input channel of i] */
export function scaleColumns({ shape, data }: Tensor, factors: Float32Array, groups: number): Tensor {
  const channel = inputChannel(shape, groups);
  return { shape, data: data.map((value, i) => value * factors[channel(i)]!) };
}

/** sum over all taps and channels of w[o][...][i] * x[input channel of i], in f64 and rounded once. */
export function timesVector({ shape, data }: Tensor, x: Float32Array, groups: number): Float32Array {
  const channel = inputChannel(shape, groups);
  const depth = data.length / shape[0]!;
  return Float32Array.from({ length: shape[0]! }, (_, o) => {
    let sum = 0;
    for (let i = o * depth; i < (o + 1) * depth; i++) sum += data[i]! * x[channel(i)]!;
    return sum;
  });
}

/** Which input channel the weight at a flat index multiplies. */
function inputChannel(shape: Shape, groups: number): (index: number) => number {
  const perGroup = shape.at(-1)!;
  const weightsPerGroup = sizeOf(shape) / groups;
  return (index) => Math.floor(index / weightsPerGroup) * perGroup + (index % perGroup);
}
