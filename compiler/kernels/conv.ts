import type { Convolution } from '../../runtime-js/artifact/kernel.ts';
import { convBox, convPasses, convStreams, isDepthwise } from '../../runtime-js/artifact/layout/conv.ts';
import type { Box } from '../../runtime-js/artifact/layout/pass.ts';
import { writeStream } from '../../runtime-js/artifact/layout/stream.ts';
import { winogradOf } from '../../runtime-js/artifact/layout/winograd.ts';
import { emitBox, emitPass, multipliersOf, resultBytes, resultCode, scratchOfBox } from './convolution.ts';
import { defineKernel, float, type Activation, type Call, type Place } from './define.ts';
import type { IntConstant } from './int-graph.ts';
import { finish } from './matmul.ts';
import { emitWinograd, prepareWinograd, scaledForWinograd, scratchOfWinograd } from './winograd.ts';

export const conv = defineKernel<'conv'>({
  reference: (kernel, [x], [w, bias, multiplier]) => finish(kernel, sums(kernel, x!, w!, bias!), multiplier),
  pack: ([w, bias, multiplier], target, kernel) => {
    const streams = convStreams(kernel, target).map((stream) => writeStream(stream, w!.values, bias!.values));
    return [multipliersOf(scaledForWinograd(multiplier, kernel, target)), ...streams];
  },
  inPlace: false,
  scratchBytes: (_, kernel, target) => {
    const winograd = winogradOf(kernel, target);
    return winograd === null ? scratchOfBox(convBox(kernel), kernel) : scratchOfWinograd(winograd);
  },
  prepare: (kernel, target) => {
    const winograd = winogradOf(kernel, target);
    return winograd === null ? null : prepareWinograd(winograd);
  },
  emit: (kernel, place) => {
    const winograd = winogradOf(kernel, place.target);
    if (winograd !== null) return emitWinograd(winograd, place);
    const box = convBox(kernel);
    if (isDepthwise(kernel)) return [...emitBox(box, kernel, place), emitDepthwise(kernel, box, place)];
    const constants = place.constants.slice(1);
    return [
      ...emitBox(box, kernel, place),
      ...convPasses(kernel).flatMap((pass) => emitPass(pass, kernel, box, place, constants)),
    ];
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
