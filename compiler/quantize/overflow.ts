import { InputError } from '../error.ts';

const limit = 2 ** 31 - 1;

/**
 * Proves from the actual weights that no int32 accumulator can overflow, whatever the input: the extreme sums of
 * bias + w * x with x in [low, high], per output. Throws an InputError that names the layer otherwise.
 * weights: [rows x depth], bias: [rows].
 */
export function proveNoOverflow(
  where: string,
  { weights, bias }: { readonly weights: Int8Array; readonly bias: Int32Array },
  { low, high }: { readonly low: number; readonly high: number },
): void {
  const depth = weights.length / bias.length;
  for (let o = 0; o < bias.length; o++) {
    let least = bias[o]!;
    let greatest = bias[o]!;
    for (let k = 0; k < depth; k++) {
      const w = weights[o * depth + k]!;
      least += w * (w > 0 ? low : high);
      greatest += w * (w > 0 ? high : low);
    }
    if (least >= -limit && greatest <= limit) continue;
    throw new InputError({
      where,
      what: `the sum of output ${o} over ${depth} inputs can reach ${Math.max(-least, greatest)}, beyond int32 (${limit})`,
      hint: 'Split the layer: an int8 dense layer of up to 66,000 inputs always fits.',
    });
  }
}
