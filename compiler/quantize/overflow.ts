import { InputError } from '../error.ts';
import { sizeOf, type Quantization, type Tensor } from '../ir/tensor.ts';
import { greatestWideDepth, wideLimits } from '../kernels/stored.ts';

const limit = 2 ** 31 - 1;

/**
 * The greatest |x| and |acc| for which the sums of an exact Winograd convolution are right: its inputs grow a hundredfold
 * and must fit i16, and 6 of the 32 bits of its sums are lost (runtime-as/kernels/winograd.ts).
 */
const narrow = { input: 327, sum: 2 ** 25 - 1 };

/** Where two int8 weights share a sum (runtime-as/kernels/conv.ts), 24 bits are left for each. */
const short = { weight: -127, sum: 2 ** 23 - 1 };

/** What the sums of a layer allow, as the kernels `conv` and `convTranspose` mean it. */
export interface Proof {
  readonly narrow: boolean;
  readonly short: boolean;
}

/**
 * Proves from the actual weights that no int32 accumulator can overflow, whatever the input: the extreme sums of
 * bias + w * x with x in [low, high], per output. Throws an InputError that names the layer otherwise.
 * weights: [rows x depth], bias: [rows]. Gives what else they allow.
 */
export function proveNoOverflow(
  where: string,
  { weights, bias }: { readonly weights: Int8Array; readonly bias: Int32Array },
  { low, high }: { readonly low: number; readonly high: number },
): Proof {
  const depth = weights.length / bias.length;
  let reach = 0;
  for (let o = 0; o < bias.length; o++) {
    let least = bias[o]!;
    let greatest = bias[o]!;
    for (let k = 0; k < depth; k++) {
      const w = weights[o * depth + k]!;
      least += w * (w > 0 ? low : high);
      greatest += w * (w > 0 ? high : low);
    }
    reach = Math.max(reach, greatest, -least);
    if (least >= -limit && greatest <= limit) continue;
    throw new InputError({
      where,
      what: `the sum of output ${o} over ${depth} inputs can reach ${Math.max(-least, greatest)}, beyond int32 (${limit})`,
      hint: 'Split the layer: an int8 dense layer of up to 66,000 inputs always fits.',
    });
  }
  return {
    narrow: Math.max(-low, high) <= narrow.input && reach <= narrow.sum,
    short: reach <= short.sum && weights.every((w) => w >= short.weight),
  };
}

/**
 * How wide an input of a layer may be: 16 bits if its sums then stay below 2^30, which leaves as much to the bias. `wideWeights`: the layer
 * runs with the upper and the lower halves of its weights; the lower ones are anything up to 127.
 */
export function widestInput(weights: Tensor, wideWeights: boolean): Quantization['dtype'] {
  const depth = sizeOf(weights.shape) / weights.shape[0]!;
  const sum = wideWeights && weights.scales === undefined ? 127 * depth : greatestSum(weights, depth);
  if (sum * wideLimits.i16 < 2 ** 30) return 'i16';
  return depth <= greatestWideDepth ? 'i14' : 'i8';
}

/** The greatest sum of a row's int8 magnitudes. */
function greatestSum({ shape, data, scales }: Tensor, depth: number): number {
  let greatest = 0;
  for (let row = 0; row < shape[0]!; row++) {
    const weights = data.subarray(row * depth, (row + 1) * depth);
    const largest = weights.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
    const scale = scales === undefined ? largest / 127 : scales[scales.length === 1 ? 0 : row]!;
    // What is still to be rounded gains up to half a step.
    const sum = weights.reduce((part, w) => part + Math.abs(w) / (scale || 1), scales === undefined ? depth / 2 : 0);
    greatest = Math.max(greatest, sum);
  }
  return greatest;
}
