/**
 * What machines do, in integers: the closed union of kernels. The vocabulary of every target (wasm now; WebGPU, WebNN
 * and C read the same). `sparse`: many inputs are expected to be zero; it changes the speed, never the result. An activation lies in memory as i16 x' = q - zeroPoint, so that zero points vanish from sums.
 */
export type Kernel =
  /** x' = clamp(roundHalfEven(f32(x * inverseScale)), low, high). [x: f32] -> x'. */
  | { readonly kind: 'quantize'; readonly inverseScale: number; readonly low: number; readonly high: number }
  /** acc = bias + w * x' in i32, then x'' = clamp(roundHalfEven(f32(f32(acc) * multiplier)), low, high). [x', w, bias, multiplier] -> x''. */
  | { readonly kind: 'matmul'; readonly sparse: boolean; readonly low: number; readonly high: number }
  /** x'' = table[x' - first]. [x', table: i16[256]] -> x''. */
  | { readonly kind: 'lookup'; readonly first: number }
  /** y = clamp(f32(f32(acc) * multiplier), low, high): the last layer, not rounded to int8. [x', w, bias, multiplier] -> f32. */
  | { readonly kind: 'reconstruct'; readonly sparse: boolean; readonly low: number; readonly high: number }
  /** y = linear interpolation of table at (x - start) * inverseStep, clamped to [low, high]. [x: f32, table: f32] -> f32. */
  | {
      readonly kind: 'interpolate';
      readonly start: number;
      readonly inverseStep: number;
      readonly low: number;
      readonly high: number;
    }
  /** y = f32(f32(x * scale) + offset), per channel. [x: f32, scale: f32, offset: f32] -> f32. */
  | { readonly kind: 'scale' };

export type KernelKind = Kernel['kind'];
export type KernelOf<K extends KernelKind> = Extract<Kernel, { readonly kind: K }>;
