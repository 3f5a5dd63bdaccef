/** clamp(v, low, high) with NaN -> low, as runtime-as/requantize.ts. */
export function clamp(value: number, low: number, high: number): number {
  const raised = low < value ? value : low;
  return raised < high ? raised : high;
}

/** Round to nearest, ties to even: what adding 1.5 * 2^23 in f32 does for |value| < 2^22. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const fraction = value - floor;
  if (fraction !== 0.5) return Math.round(value) + 0;
  return floor % 2 === 0 ? floor : floor + 1;
}
