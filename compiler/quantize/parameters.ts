import type { Range } from '../ops/calibrated.ts';
import type { FakeQuantize } from '../ops/fake-quantize.ts';
import type { Quantization } from '../ir/tensor.ts';
import { wideWeightBase } from '../kernels/join-sums.ts';
import { greatest, least, wideLimits } from '../kernels/stored.ts';

/** The largest finite f32: "no bound" for a kernel that clamps. */
export const maxFloat = 3.4028234663852886e38;

/**
 * int16 has steps to spare for values that calibration did not see, as anomalies are: half as much again as the greatest seen, and as much
 * more as a step of 1/1024 of the root mean square leaves (32 times that with 16 bits), which is finer than a score can show.
 */
const [headroom, finest] = [1.5, 1 / 1024];

/**
 * real = scale * (q - zeroPoint) for a range. int8 is asymmetric, with zero always representable exactly, so the range is
 * widened to hold it; int16 is symmetric. A tensor that is always zero (a dead ReLU) gets scale 1.
 */
export function activationQuantization({ min, max, rms }: Range, dtype: Quantization['dtype']): Quantization {
  const low = Math.min(0, min);
  const high = Math.max(0, max);
  const wide = (limit: number): number => Math.max((headroom * Math.max(-low, high)) / limit, finest * rms);
  const scale = Math.fround(dtype === 'i8' ? (high - low) / (greatest - least) : wide(wideLimits[dtype]));
  if (scale === 0 || !Number.isFinite(1 / scale)) return { dtype, scale: 1, zeroPoint: 0 };
  if (dtype !== 'i8') return { dtype, scale, zeroPoint: 0 };
  const zeroPoint = Math.min(greatest, Math.max(least, Math.round(least - low / scale)));
  return { dtype, scale, zeroPoint };
}

export interface QuantizedWeights {
  /** In [-127, 127]. [rows x depth] */
  readonly weights: Int8Array;
  /** At scale inputScale * scales[o]. */
  readonly bias: Int32Array;
  /** One per output channel. */
  readonly scales: Float64Array;
}

/** The grid of an int8 model's activation; what uint8 counts from 0 to 255 is counted from -128 on. */
export function importedQuantization({ scale, zeroPoint, low }: FakeQuantize): Quantization {
  return { dtype: 'i8', scale: Math.fround(scale), zeroPoint: zeroPoint - low + least };
}

export const sameGrid = (a: Quantization, b: Quantization): boolean =>
  a.scale === b.scale && a.zeroPoint === b.zeroPoint && a.dtype === b.dtype;

/** Weights on the scales that an int8 model gives them: the integers of its file. bias: [rows]. */
export function importedWeights(
  weights: Float32Array,
  bias: Float32Array,
  inputScale: number,
  given: Float32Array,
): QuantizedWeights {
  const depth = weights.length / bias.length;
  const scales = Float64Array.from(bias, (_, o) => given[given.length === 1 ? 0 : o]!);
  return {
    weights: Int8Array.from(weights, (w, i) => Math.round(w / scales[Math.floor(i / depth)]!)),
    bias: Int32Array.from(bias, (b, o) => Math.round(b / (inputScale * scales[o]!))),
    scales,
  };
}

/**
 * real = mantissa * 2^(shift - 31) with mantissa in [2^30, 2^31) (QuantizeMultiplier of TensorFlow Lite's
 * kernels/internal/quantization_util.cc).
 */
export function fixedPoint(real: number): { readonly mantissa: number; readonly shift: number } {
  if (real === 0) return { mantissa: 0, shift: 0 };
  let shift = Math.floor(Math.log2(real)) + 1;
  // log2 may be off by one step at powers of two.
  if (real / 2 ** shift >= 1) shift++;
  if (real / 2 ** shift < 0.5) shift--;
  const mantissa = Math.round((real / 2 ** shift) * 2 ** 31);
  if (mantissa === 2 ** 31) return { mantissa: 2 ** 30, shift: shift + 1 };
  return shift < -31 ? { mantissa: 0, shift: 0 } : { mantissa, shift };
}

/**
 * Symmetric int8 per output channel: scale = max |w| / 127. A channel whose weights are tiny beside its bias (or all zero:
 * a dead channel) gets a scale large enough that the bias stays below 2^30.
 * weights: [rows x depth] row-major, bias: [rows].
 */
export function quantizeWeights(weights: Float32Array, bias: Float32Array, inputScale: number): QuantizedWeights {
  const rows = bias.length;
  const depth = weights.length / rows;
  const scales = Float64Array.from(bias, (b, o) => {
    const largest = weights.subarray(o * depth, (o + 1) * depth).reduce((max, w) => Math.max(max, Math.abs(w)), 0);
    return Math.max(largest / 127, Math.abs(b) / (inputScale * 2 ** 30)) || 1;
  });
  return {
    weights: Int8Array.from(weights, (w, i) => Math.round(w / scales[Math.floor(i / depth)]!)),
    bias: Int32Array.from(bias, (b, o) => Math.round(b / (inputScale * scales[o]!))),
    scales,
  };
}

/**
 * int16 per output channel: scale = max |w| / 32384, w = 254 * upper + lower with both in [-127, 127]; the bias goes with the
 * lower part. weights: [rows x depth] row-major, bias: [rows].
 */
export function quantizeWideWeights(
  weights: Float32Array,
  bias: Float32Array,
  inputScale: number,
): { readonly upper: QuantizedWeights; readonly lower: QuantizedWeights; readonly scales: Float64Array } {
  // The greatest whose upper part still rounds to 127.
  const greatestWeight = 127 * wideWeightBase + wideWeightBase / 2 - 1;
  const depth = weights.length / bias.length;
  const scales = Float64Array.from(bias, (b, o) => {
    const largest = weights.subarray(o * depth, (o + 1) * depth).reduce((max, w) => Math.max(max, Math.abs(w)), 0);
    return Math.max(largest / greatestWeight, Math.abs(b) / (inputScale * 2 ** 30)) || 1;
  });
  const whole = Int32Array.from(weights, (w, i) => Math.round(w / scales[Math.floor(i / depth)]!));
  const upper = Int8Array.from(whole, (w) => Math.round(w / wideWeightBase));
  return {
    upper: { weights: upper, bias: new Int32Array(bias.length), scales },
    lower: {
      weights: Int8Array.from(whole, (w, i) => w - wideWeightBase * upper[i]!),
      bias: Int32Array.from(bias, (b, o) => Math.round(b / (inputScale * scales[o]!))),
      scales,
    },
    scales,
  };
}
