import type { Convolution } from '../../runtime-js/artifact/kernel.ts';
import { convTransposeBox, convTransposePasses, convTransposeStreams } from '../../runtime-js/artifact/layout/conv-transpose.ts';
import { writeStream } from '../../runtime-js/artifact/layout/stream.ts';
import { emitBox, emitPass, multipliersOf, scratchOfBox } from './convolution.ts';
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
    ...convTransposeStreams(kernel, target).map((stream) => writeStream(stream, w!.values, bias!.values)),
  ],
  inPlace: false,
  scratchBytes: (_, kernel) => scratchOfBox(convTransposeBox(kernel), kernel),
  emit: (kernel, place) => {
    const box = convTransposeBox(kernel);
    const constants = place.constants.slice(1);
    return [
      ...emitBox(box, kernel, place),
      ...convTransposePasses(kernel).flatMap((pass) => emitPass(pass, kernel, box, place, constants)),
    ];
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
