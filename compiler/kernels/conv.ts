import type { Convolution, KernelOf } from '../../runtime-js/artifact/kernel.ts';
import {
  emitBox,
  emitPass,
  multipliersOf,
  packPass,
  resultBytes,
  resultCode,
  scratchOfBox,
  type Box,
  type Pass,
} from './convolution.ts';
import { defineKernel, float, padded, type Activation, type Call, type Place } from './define.ts';
import type { IntConstant } from './int-graph.ts';
import { finish } from './matmul.ts';
import { emitWinograd, packWinograd, prepareWinograd, scratchOfWinograd, winogradOf } from './winograd.ts';

export const conv = defineKernel<'conv'>({
  reference: (kernel, [x], [w, bias, multiplier]) => finish(kernel, sums(kernel, x!, w!, bias!), multiplier),
  pack: ([w, bias, multiplier], target, kernel) => {
    const winograd = winogradOf(kernel, target);
    if (winograd !== null) return packWinograd(winograd, w!.values, bias!.values, multiplier?.values);
    const streams = isDepthwise(kernel)
      ? [packDepthwise(kernel, w!.values, bias!.values)]
      : passesOf(kernel).flatMap((pass) => packPass(pass, kernel, w!.values, bias!.values, target));
    return [multipliersOf(multiplier), ...streams];
  },
  inPlace: false,
  scratchBytes: (_, kernel, target) => {
    const winograd = winogradOf(kernel, target);
    return winograd === null ? scratchOfBox(boxOf(kernel), kernel) : scratchOfWinograd(winograd);
  },
  prepare: (kernel, target) => {
    const winograd = winogradOf(kernel, target);
    return winograd === null ? null : prepareWinograd(winograd);
  },
  emit: (kernel, place) => {
    const winograd = winogradOf(kernel, place.target);
    if (winograd !== null) return emitWinograd(winograd, place);
    const box = boxOf(kernel);
    if (isDepthwise(kernel)) return [...emitBox(box, kernel, place), emitDepthwise(kernel, box, place)];
    const constants = place.constants.slice(1);
    return [...emitBox(box, kernel, place), ...passesOf(kernel).flatMap((pass) => emitPass(pass, kernel, box, place, constants))];
  },
});

/** acc = bias + w * x over the taps that lie in the image, per pixel and output. */
function sums(kernel: Convolution, x: Activation, w: IntConstant, bias: IntConstant): Int32Array {
  const { input, output, kernel: taps, strides, dilations, pads, channels, groups } = kernel;
  const [perGroup, outputsPerGroup] = [channels[0] / groups, channels[1] / groups];
  return Int32Array.from({ length: output[0] * output[1] * channels[1] }, (_, at) => {
    const o = at % channels[1];
    const column = Math.floor(at / channels[1]) % output[1];
    const row = Math.floor(at / channels[1] / output[1]);
    const group = Math.floor(o / outputsPerGroup);
    let sum = bias[o]!;
    for (let ky = 0; ky < taps[0]; ky++) {
      for (let kx = 0; kx < taps[1]; kx++) {
        const iy = row * strides[0] - pads[0] + ky * dilations[0];
        const ix = column * strides[1] - pads[1] + kx * dilations[1];
        if (iy < 0 || iy >= input[0] || ix < 0 || ix >= input[1]) continue;
        for (let i = 0; i < perGroup; i++) {
          sum +=
            w[((o * taps[0] + ky) * taps[1] + kx) * perGroup + i]! *
            x[(iy * input[1] + ix) * channels[0] + group * perGroup + i]!;
        }
      }
    }
    return sum;
  });
}

const isDepthwise = ({ channels, groups }: Convolution): boolean =>
  groups === channels[0] && groups === channels[1] && groups > 1;

function boxOf({ input, output, kernel, strides, dilations, pads }: KernelOf<'conv'>): Box {
  const needed = (axis: 0 | 1): number => (output[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1;
  const fits = (axis: 0 | 1): boolean => pads[axis] === 0 && needed(axis) <= input[axis];
  return fits(0) && fits(1)
    ? { extent: input, offset: [0, 0], copied: false }
    : { extent: [needed(0), needed(1)], offset: pads, copied: true };
}

/** One pass per group. */
function passesOf({ output, kernel, strides, dilations, channels, groups }: KernelOf<'conv'>): Pass[] {
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
    weight: (w, o, y, x, i) => w[(((group * outputs + o) * kernel[0] + y) * kernel[1] + x) * perGroup + i]!,
  }));
}

/** The layout is said in runtime-as/kernels/depthwise.ts. */
function packDepthwise({ kernel, channels: [channels] }: Convolution, w: IntConstant, bias: IntConstant): Uint8Array {
  const taps = kernel[0] * kernel[1];
  const blockBytes = 32 + Math.ceil((8 * taps) / 16) * 16;
  const bytes = new Uint8Array((padded(channels) / 8) * blockBytes);
  const view = new DataView(bytes.buffer);
  for (let c = 0; c < channels; c++) {
    const block = Math.floor(c / 8) * blockBytes;
    view.setInt32(block + 4 * (c % 8), bias[c]!, true);
    for (let tap = 0; tap < taps; tap++) view.setInt8(block + 32 + 8 * tap + (c % 8), w[c * taps + tap]!);
  }
  return bytes;
}

function emitDepthwise(kernel: Convolution, box: Box, place: Place): Call {
  const channels = kernel.channels[0];
  const rowBytes = box.extent[1] * channels * 2;
  const outBytes = channels * resultBytes(kernel);
  const args = [
    box.copied ? place.scratch : place.inputs[0]!.address,
    place.constants[1]!,
    place.constants[0]!,
    place.output.address,
    ...kernel.output,
    kernel.strides[0] * rowBytes,
    kernel.strides[1] * channels * 2,
    ...kernel.kernel,
    kernel.dilations[0] * rowBytes,
    kernel.dilations[1] * channels * 2,
    channels,
    kernel.output[1] * outBytes,
    outBytes,
  ];
  const flags = [resultCode(kernel), float(kernel.low), float(kernel.high)];
  return { module: 'kernels/depthwise', name: 'depthwise', args: [...args.map(String), ...flags] };
}
