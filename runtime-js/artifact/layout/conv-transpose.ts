import type { Target } from '../abi.ts';
import type { KernelOf } from '../kernel.ts';
import { passStreams, type Box, type Pass } from './pass.ts';
import type { Stream } from './stream.ts';

type ConvTranspose = KernelOf<'convTranspose'>;

/** Weights and biases of a transposed convolution, behind its multipliers. What meets no output is not there. */
export const convTransposeStreams = (kernel: ConvTranspose, target: Target): Stream[] =>
  convTransposePasses(kernel).flatMap((pass) => passStreams(pass, kernel, target));

/** Outputs y with (y + pad) mod stride = residue, along one axis: first + stride * j, which meets the inputs from firstInput + j on. */
export interface Phase {
  readonly residue: number;
  /** First output and how many follow at steps of the stride. */
  readonly first: number;
  readonly count: number;
  /** Taps of the (dilated) kernel that meet them, and the input that the first output meets with its last tap. */
  readonly taps: number;
  readonly firstInput: number;
}

export function phasesOf({ output, kernel, strides, dilations, pads }: ConvTranspose, axis: 0 | 1): Phase[] {
  const stride = strides[axis];
  const reach = (kernel[axis] - 1) * dilations[axis] + 1;
  return Array.from({ length: stride }, (_, residue) => {
    const first = (((residue - pads[axis]) % stride) + stride) % stride;
    const taps = Math.max(0, Math.ceil((reach - residue) / stride));
    return {
      residue,
      first,
      count: Math.max(0, Math.ceil((output[axis] - first) / stride)),
      taps,
      firstInput: (first + pads[axis] - residue) / stride - (taps - 1),
    };
  }).filter(({ count }) => count > 0);
}

export function convTransposeBox(kernel: ConvTranspose): Box {
  const along = (axis: 0 | 1) => {
    const phases = phasesOf(kernel, axis).filter(({ taps }) => taps > 0);
    const offset = Math.max(0, ...phases.map(({ firstInput }) => -firstInput));
    const end = Math.max(...phases.map(({ firstInput, count, taps }) => firstInput + count - 1 + taps), kernel.input[axis]);
    return { offset, extent: offset + end, exact: offset === 0 && end === kernel.input[axis] };
  };
  const [y, x] = [along(0), along(1)];
  return { extent: [y.extent, x.extent], offset: [y.offset, x.offset], copied: !y.exact || !x.exact };
}

/** One pass per group and pair of phases. */
export function convTransposePasses(kernel: ConvTranspose): Pass[] {
  const { channels, groups, strides } = kernel;
  const [perGroup, outputs] = [channels[0] / groups, channels[1] / groups];
  const box = convTransposeBox(kernel);
  const passes: Pass[] = [];
  for (let group = 0; group < groups; group++) {
    for (const y of phasesOf(kernel, 0)) {
      for (const x of phasesOf(kernel, 1)) {
        const [row, column] = [box.offset[0] + y.firstInput, box.offset[1] + x.firstInput];
        passes.push({
          start: y.taps * x.taps === 0 ? 0 : (row * box.extent[1] + column) * channels[0] + group * perGroup,
          output: [y.count, x.count],
          strides: [1, 1],
          dilations: [1, 1],
          kernel: [y.taps, x.taps],
          channels: perGroup,
          firstOutput: group * outputs,
          outputs,
          outOffset: [y.first, x.first],
          outStrides: strides,
          weight: weightsOf(kernel, y, x, group),
        });
      }
    }
  }
  return passes;
}

/**
 * Index of the weight of output `o` of a group at tap (y, x) of a pair of phases; -1 for none. The kernel is read backwards, every stride-th tap of it;
 * between dilated taps there is nothing.
 */
export function weightsOf(kernel: ConvTranspose, y: Phase, x: Phase, group: number): Pass['weight'] {
  const { channels, groups, kernel: taps, strides, dilations } = kernel;
  const [perGroup, outputs] = [channels[0] / groups, channels[1] / groups];
  return (o, ky, kx, i) => {
    const dy = y.residue + strides[0] * (y.taps - 1 - ky);
    const dx = x.residue + strides[1] * (x.taps - 1 - kx);
    if (dy % dilations[0] !== 0 || dx % dilations[1] !== 0) return -1;
    const tap = (dy / dilations[0]) * taps[1] + dx / dilations[1];
    return ((group * outputs + o) * taps[0] * taps[1] + tap) * perGroup + i;
  };
}
