import type { Quantization } from '../ir/tensor.ts';

/** Least and greatest int8. */
export const [least, greatest] = [-128, 127];

/**
 * int16 activations use 14 bits: any sum over up to `greatestWideDepth` inputs then fits int32 (127 * 8191 * 2064 < 2^31),
 * and a resolution of 1/8191 of the largest value is finer than any score can show.
 */
export const wideLimit = 8191;
export const greatestWideDepth = 2064;

/** What x' = q - zeroPoint can be: how an activation lies in memory. */
export const storedRange = ({ dtype, zeroPoint }: Quantization): { readonly low: number; readonly high: number } =>
  dtype === 'i16' ? { low: -wideLimit, high: wideLimit } : { low: least - zeroPoint, high: greatest - zeroPoint };
