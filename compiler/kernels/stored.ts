import type { Quantization } from '../ir/tensor.ts';

/** Least and greatest int8. */
export const [least, greatest] = [-128, 127];

/** The greatest magnitude of an int16 activation. Of 14 bits, any sum over `greatestWideDepth` inputs fits int32: 127 * 8191 * 2064 < 2^31. */
export const wideLimits = { i14: 8191, i16: 32_767 } as const;
export const greatestWideDepth = 2064;

/** What x' = q - zeroPoint can be: how an activation lies in memory. */
export const storedRange = ({ dtype, zeroPoint }: Quantization): { readonly low: number; readonly high: number } =>
  dtype === 'i8' ? { low: least - zeroPoint, high: greatest - zeroPoint } : { low: -wideLimits[dtype], high: wideLimits[dtype] };
