import type { Target } from '../../runtime-js/artifact/abi.ts';
import type { Result } from '../../runtime-js/artifact/kernel.ts';
import { matrixStream } from '../../runtime-js/artifact/layout/matrix.ts';
import { padded, writeStream } from '../../runtime-js/artifact/layout/stream.ts';
import type { IntConstant } from './int-graph.ts';
import { defineKernel, float, padConstant, type Activation, type Call, type PackedConstant, type Place } from './define.ts';
import { clamp, roundHalfEven } from './rounding.ts';

export const matmul = defineKernel<'matmul'>({
  reference: (kernel, [x], [w, bias, multiplier]) => finish(kernel, accumulate(x!, w!, bias!), multiplier),
  pack: ([w, bias, multiplier], target) => [
    packMatrix(w!, bias!.values, target),
    ...(multiplier === undefined ? [] : [padConstant(multiplier.values)]),
  ],
  inPlace: false,
  scratchBytes: (sizes) => matmulScratchBytes(sizes),
  emit: ({ sparse, result, low, high }, place) => {
    const sums = result === 'i32' ? place.output.address : place.scratch;
    const call = accumulateCall(sparse, place, sums);
    if (result === 'i32') return [call];
    const name = result === 'f32' ? 'dequantize_i32_f32' : 'requantize_i32_i16';
    const args = [`${sums}`, `${place.constants[1]}`, `${place.output.address}`, `${padded(place.output.size)}`];
    return [call, { module: 'requantize', name, args: [...args, float(low), float(high)] }];
  },
});

/** Requantizes sums, one multiplier per output channel. */
export function finish(
  { result, low, high }: { readonly result: Result; readonly low: number; readonly high: number },
  acc: Int32Array,
  multiplier: IntConstant | undefined,
): Activation {
  if (result === 'i32') return acc;
  const real = (sum: number, at: number): number =>
    clamp(Math.fround(Math.fround(sum) * multiplier![at % multiplier!.length]!), low, high);
  return result === 'f32' ? Float32Array.from(acc, real) : Int16Array.from(acc, (sum, at) => roundHalfEven(real(sum, at)));
}

/** acc[o] = bias[o] + sum over k of w[o][k] * x[k], in i32 arithmetic. x: [depth], w: [rows x depth]. */
function accumulate(x: Activation, w: IntConstant, bias: IntConstant): Int32Array {
  const depth = x.length;
  return Int32Array.from(bias, (start, o) => {
    let sum = start;
    for (let k = 0; k < depth; k++) sum += w[o * depth + k]! * x[k]!;
    return sum;
  });
}

/** Bias and weights as runtime-as/kernels/matmul.ts reads them. */
export function packMatrix({ values, shape }: PackedConstant, bias: IntConstant, target: Target): Uint8Array {
  return writeStream(matrixStream(shape[0]!, shape[1]!, target), values, bias);
}

/** Accumulators, and behind them the list of pairs that are not zero. */
function matmulScratchBytes({ output, input }: { readonly output: number; readonly input: number }): number {
  return 4 * padded(output) + 4 * padded(input);
}

function accumulateCall(sparse: boolean, { inputs, constants, output, scratch }: Place, sums: number): Call {
  const operands = [inputs[0]!.address, constants[0]!, sums, padded(inputs[0]!.size), padded(output.size)].map(String);
  if (!sparse) return { module: 'kernels/matmul', name: 'matmul_i16_i32', args: operands };
  const list = scratch + 4 * padded(output.size);
  return { module: 'kernels/matmul-sparse', name: 'matmul_sparse_i16_i32', args: [...operands, `${list}`] };
}
