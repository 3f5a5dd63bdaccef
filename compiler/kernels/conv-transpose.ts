import type { Convolution, KernelOf } from '../../runtime-js/artifact/kernel.ts';
import { emitBox, emitPass, multipliersOf, packPass, scratchOfBox, type Box, type Pass } from './convolution.ts';
import { defineKernel, type Activation } from './define.ts';
import type { IntConstant } from './int-graph.ts';
import { finish } from './matmul.ts';

/**
 * A transposed convolution of stride s is s * s ordinary ones that write every s-th output each ("phases"): no zeros are
 * ever multiplied, and the kernels of conv serve it.
 */
export const convTranspose = defineKernel<'convTranspose'>({
  reference: (kernel, [x], [w, bias, multiplier]) => finish(kernel, sums(kernel, x!, w!, bias!), multiplier),
  pack: ([w, bias, multiplier], target, kernel) => [
    multipliersOf(multiplier),
    ...passesOf(kernel).flatMap((pass) => packPass(pass, kernel, w!.values, bias!.values, target)),
  ],
  inPlace: false,
  scratchBytes: (_, kernel) => scratchOfBox(boxOf(kernel), kernel),
  emit: (kernel, place) => {
    const box = boxOf(kernel);
    const constants = place.constants.slice(1);
    return [...emitBox(box, kernel, place), ...passesOf(kernel).flatMap((pass) => emitPass(pass, kernel, box, place, constants))];
  },
});

/** Each input pixel is added to the outputs that it meets. */
function sums(kernel: Convolution, x: Activation, w: IntConstant, bias: IntConstant): Int32Array {
  const { input, output, kernel: taps, strides, dilations, pads, channels, groups } = kernel;
  const [perGroup, outputsPerGroup] = [channels[0] / groups, channels[1] / groups];
  const acc = Int32Array.from({ length: output[0] * output[1] * channels[1] }, (_, at) => bias[at % channels[1]]!);
  for (let pixel = 0; pixel < input[0] * input[1]; pixel++) {
    for (let tap = 0; tap < taps[0] * taps[1]; tap++) {
      const [ky, kx] = [Math.floor(tap / taps[1]), tap % taps[1]];
      const oy = Math.floor(pixel / input[1]) * strides[0] - pads[0] + ky * dilations[0];
      const ox = (pixel % input[1]) * strides[1] - pads[1] + kx * dilations[1];
      if (oy < 0 || oy >= output[0] || ox < 0 || ox >= output[1]) continue;
      for (let o = 0; o < channels[1]; o++) {
        const group = Math.floor(o / outputsPerGroup);
        for (let i = 0; i < perGroup; i++) {
          acc[(oy * output[1] + ox) * channels[1] + o]! +=
            w[((o * taps[0] + ky) * taps[1] + kx) * perGroup + i]! * x[pixel * channels[0] + group * perGroup + i]!;
        }
      }
    }
  }
  return acc;
}

/** Outputs y with (y + pad) mod stride = residue, along one axis. */
interface Phase {
  readonly residue: number;
  /** First output and how many follow at steps of the stride. */
  readonly first: number;
  readonly count: number;
  /** Taps of the (dilated) kernel that meet them, and the input that the first output meets with its last tap. */
  readonly taps: number;
  readonly firstInput: number;
}

function phasesOf({ output, kernel, strides, dilations, pads }: KernelOf<'convTranspose'>, axis: 0 | 1): Phase[] {
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

function boxOf(kernel: KernelOf<'convTranspose'>): Box {
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
function passesOf(kernel: KernelOf<'convTranspose'>): Pass[] {
  const { channels, groups, kernel: taps, strides, dilations } = kernel;
  const [perGroup, outputs] = [channels[0] / groups, channels[1] / groups];
  const box = boxOf(kernel);
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
          // The kernel is read backwards, every stride-th tap of it; between dilated taps there is nothing.
          weight: (w, o, ky, kx, i) => {
            const dy = y.residue + strides[0] * (y.taps - 1 - ky);
            const dx = x.residue + strides[1] * (x.taps - 1 - kx);
            if (dy % dilations[0] !== 0 || dx % dilations[1] !== 0) return 0;
            const tap = (dy / dilations[0]) * taps[1] + dx / dilations[1];
            return w[((group * outputs + o) * taps[0] * taps[1] + tap) * perGroup + i]!;
          },
        });
      }
    }
  }
  return passes;
}
