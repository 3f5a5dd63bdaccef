import type { FixedPoint } from '../artifact/kernel.ts';
import { defineLowering } from './define.ts';

const realOf = ({ mantissa, shift }: FixedPoint): number => mantissa * 2 ** (shift - 31);

/** In f32 instead of fixed point: within one unit. */
export const addFixed = defineLowering<'addFixed'>(({ a, b, out, low, high }, { inputs: [x, y], output }, net) => {
  const scale = 2 ** 20 * realOf(out) * net.scaleOf(output);
  const term = (index: number, factor: FixedPoint) => net.times(net.units(index), realOf(factor) * scale);
  net.finish(output, net.builder.add(term(x!, a), term(y!, b)), low, high);
});
