import type { Target } from '../../runtime-js/artifact/abi.ts';
import type { IntConstant } from './int-graph.ts';
import type { Shape } from '../ir/tensor.ts';
import { bytesOf, defineKernel, float, padConstant, padded, type Activation, type Call, type Place } from './define.ts';
import { clamp, roundHalfEven } from './rounding.ts';

export const matmul = defineKernel<'matmul'>({
  reference: ({ low, high }, [x], [w, bias, multiplier]) =>
    Int16Array.from(accumulate(x!, w!, bias!), (sum, o) =>
      roundHalfEven(clamp(Math.fround(Math.fround(sum) * multiplier![o]!), low, high)),
    ),
  pack: ([w, bias, multiplier], target) => packMatmul(w!, bias!.values, multiplier!.values, target),
  inPlace: false,
  scratchBytes: matmulScratchBytes,
  emit: ({ sparse, low, high }, place) => [
    accumulateCall(sparse, place),
    {
      module: 'requantize',
      name: 'requantize_i32_i16',
      args: [...requantizeOperands(place), float(low), float(high)],
    },
  ],
});

/** acc[o] = bias[o] + sum over k of w[o][k] * x[k], in i32 arithmetic. x: [depth], w: [rows x depth]. */
export function accumulate(x: Activation, w: IntConstant, bias: IntConstant): Int32Array {
  const depth = x.length;
  return Int32Array.from(bias, (start, o) => {
    let sum = start;
    for (let k = 0; k < depth; k++) sum += w[o * depth + k]! * x[k]!;
    return sum;
  });
}

/** [bias and weights as runtime-as/kernels/matmul.ts reads them, multipliers]. */
export function packMatmul(
  weights: { readonly values: IntConstant; readonly shape: Shape },
  bias: IntConstant,
  multiplier: IntConstant,
  target: Target,
): Uint8Array[] {
  const [rows, depth] = [weights.shape[0]!, weights.shape[1]!];
  const at = (o: number, k: number): number => (o < rows && k < depth ? weights.values[o * depth + k]! : 0);
  const stream =
    target === 'simd' ? packPairs(padded(rows), padded(depth), at, bias) : packRows(padded(rows), padded(depth), at, bias);
  return [stream, padConstant(multiplier)];
}

/** "hi/lo" pairs: the layout is said in runtime-as/kernels/matmul.ts. */
function packPairs(rows: number, depth: number, at: (o: number, k: number) => number, bias: IntConstant): Uint8Array {
  const bytes = new Uint8Array(4 * rows + rows * depth);
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (let start = 0; start < rows;) {
    const end = start + (rows - start >= 32 ? 32 : 8);
    for (let o = start; o < end; o++, offset += 4) view.setInt32(offset, bias[o] ?? 0, true);
    for (let k = 0; k < depth; k += 2) {
      for (let unit = start; unit < end; unit += 8) {
        for (let lane = 0; lane < 8; lane++, offset += 2) {
          const [o, column] = [unit + (lane >> 1), k + (lane & 1)];
          view.setInt16(offset, 256 * at(o, column) + at(o + 4, column) + 128, true);
        }
      }
    }
    start = end;
  }
  return bytes;
}

function packRows(rows: number, depth: number, at: (o: number, k: number) => number, bias: IntConstant): Uint8Array {
  const bytes = new Uint8Array(4 * rows + rows * depth);
  bytes.set(bytesOf(bias));
  for (let o = 0; o < rows; o++) for (let k = 0; k < depth; k++) bytes[4 * rows + o * depth + k] = at(o, k);
  return bytes;
}

/** Accumulators, and behind them the list of pairs that are not zero. */
export function matmulScratchBytes({ output, input }: { readonly output: number; readonly input: number }): number {
  return 4 * padded(output) + 4 * padded(input);
}

export function accumulateCall(sparse: boolean, { inputs, constants, output, scratch }: Place): Call {
  const operands = [inputs[0]!.address, constants[0]!, scratch, padded(inputs[0]!.size), padded(output.size)].map(String);
  if (!sparse) return { module: 'kernels/matmul', name: 'matmul_i16_i32', args: operands };
  const list = scratch + 4 * padded(output.size);
  return { module: 'kernels/matmul-sparse', name: 'matmul_sparse_i16_i32', args: [...operands, `${list}`] };
}

/** acc, multiplier, out, n: how requantize and dequantize begin. */
export const requantizeOperands = ({ constants, output, scratch }: Place): string[] => [
  `${scratch}`,
  `${constants[1]}`,
  `${output.address}`,
  `${padded(output.size)}`,
];
