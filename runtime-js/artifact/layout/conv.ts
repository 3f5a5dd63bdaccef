import type { Target } from '../abi.ts';
import type { Convolution, KernelOf } from '../kernel.ts';
import { passStreams, type Box, type Pass } from './pass.ts';
import { padded, type Stream } from './stream.ts';
import { winogradOf, winogradStreams } from './winograd.ts';

type Conv = KernelOf<'conv'>;

/** Weights and biases of a convolution, behind its multipliers. */
export function convStreams(kernel: Conv, target: Target): Stream[] {
  const winograd = winogradOf(kernel, target);
  if (winograd !== null) return winogradStreams(winograd);
  if (isDepthwise(kernel)) return [depthwiseStream(kernel)];
  return convPasses(kernel).flatMap((pass) => passStreams(pass, kernel, target));
}

export const isDepthwise = ({ channels, groups }: Convolution): boolean =>
  groups === channels[0] && groups === channels[1] && groups > 1;

export function convBox({ input, output, kernel, strides, dilations, pads }: Conv): Box {
  const needed = (axis: 0 | 1): number => (output[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1;
  const fits = (axis: 0 | 1): boolean => pads[axis] === 0 && needed(axis) <= input[axis];
  return fits(0) && fits(1)
    ? { extent: input, offset: [0, 0], copied: false }
    : { extent: [needed(0), needed(1)], offset: pads, copied: true };
}

/** One pass per group. */
export function convPasses({ output, kernel, strides, dilations, channels, groups }: Conv): Pass[] {
  const [perGroup, outputs] = [channels[0] / groups, channels[1] / groups];
  return Array.from({ length: groups }, (_, group) => ({
    start: group * perGroup,
    output,
    strides,
    dilations,
    kernel,
    channels: perGroup,
    firstOutput: group * outputs,
    outputs,
    outOffset: [0, 0],
    outStrides: [1, 1],
    weight: (o, y, x, i) => (((group * outputs + o) * kernel[0] + y) * kernel[1] + x) * perGroup + i,
  }));
}

/** The layout is said in runtime-as/kernels/depthwise.ts. */
function depthwiseStream({ kernel, channels: [channels] }: Convolution): Stream {
  const taps = kernel[0] * kernel[1];
  const blockBytes = 32 + Math.ceil((8 * taps) / 16) * 16;
  return {
    bytes: (padded(channels) / 8) * blockBytes,
    pairs: 'bytes',
    biasMultiple: 1,
    each: (cells) => {
      for (let c = 0; c < channels; c++) {
        const block = Math.floor(c / 8) * blockBytes;
        cells.bias(block + 4 * (c % 8), c);
        for (let tap = 0; tap < taps; tap++) cells.weight(block + 32 + 8 * tap + (c % 8), c * taps + tap);
      }
    },
  };
}
