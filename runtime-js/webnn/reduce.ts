import type { KernelOf } from '../artifact/kernel.ts';
import { defineLowering } from './define.ts';

const reductions = {
  sum: 'reduceSum',
  max: 'reduceMax',
  min: 'reduceMin',
  l1: 'reduceL1',
  l2: 'reduceL2',
  sumSquare: 'reduceSumSquare',
} as const satisfies Record<KernelOf<'reduce'>['fn'], string>;

export const reduce = defineLowering<'reduce'>(({ fn, n, multiplier, low, high }, { inputs: [x], output }, net) => {
  const rows = net.units(x!, [net.sizeOf(x!) / n, n]);
  const folded = net.builder[reductions[fn]](rows, { axes: [2], keepDimensions: false });
  net.finish(output, net.times(folded, multiplier * net.scaleOf(output)), low, high);
});
