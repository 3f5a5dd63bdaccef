import type { Tensor } from '../ir/tensor.ts';

/** w[o][k] * factors[o] */
export function scaleRows({ shape, data }: Tensor, factors: Float32Array): Tensor {
  const depth = shape[1]!;
  return { shape, data: data.map((value, i) => value * factors[Math.floor(i / depth)]!) };
}

/** w[o][k] * factors[k] */
export function scaleColumns({ shape, data }: Tensor, factors: Float32Array): Tensor {
  const depth = shape[1]!;
  return { shape, data: data.map((value, i) => value * factors[i % depth]!) };
}

/** sum over k of w[o][k] * x[k], in f64 and rounded once. */
export function timesVector({ shape: [rows, depth], data }: Tensor, x: Float32Array): Float32Array {
  return Float32Array.from({ length: rows! }, (_, o) => {
    let sum = 0;
    for (let k = 0; k < depth!; k++) sum += data[o * depth! + k]! * x[k]!;
    return sum;
  });
}
