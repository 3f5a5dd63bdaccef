import { sizeOf } from '../ir/tensor.ts';
import { defineOp, f32 } from './define.ts';
import { functionOf, type Elementwise } from './elementwise.ts';
import { channelMismatch, extents3, sliding3, slidingExtents, slidingMismatch, spatialOf, type Sliding } from './spatial.ts';

export interface Conv extends Sliding {
  readonly groups: number;
  readonly activation: Elementwise | null;
}

/**
 * y = activation(conv(x, w) + b), channels last, 1 to 3 spatial axes, zero padding.
 * x: [n x ...spatial x in], w: [out x ...kernel x in / groups], b: [out] -> [n x ...spatial x out].
 * Output channel o belongs to group floor(o / (out / groups)). groups = in is a depthwise convolution.
 */
export const conv = defineOp<Conv>({
  infer: (attributes, [x, w, b]) => {
    const kernel = spatialOf(w!.shape);
    const axes = x!.shape.length - 2;
    const wrong = slidingMismatch(attributes, kernel, axes) ?? channelMismatch(attributes.groups, x!.shape, w!.shape, b!.shape);
    if (wrong !== null) return { mismatch: wrong };
    return f32([x!.shape[0]!, ...slidingExtents(spatialOf(x!.shape), kernel, attributes), w!.shape[0]!]);
  },
  evaluate: (attributes, [x, w, b], shape) => {
    const { strides, dilations, pads } = sliding3(attributes);
    const [depth, height, width] = extents3(spatialOf(x!.shape));
    const [kernelD, kernelH, kernelW] = extents3(spatialOf(w!.shape));
    const [outD, outH, outW] = extents3(spatialOf(shape));
    const [channels, outputs, perGroup] = [x!.shape.at(-1)!, w!.shape[0]!, w!.shape.at(-1)!];
    const outputsPerGroup = outputs / attributes.groups;
    const taps = kernelD * kernelH * kernelW;
    const activate = attributes.activation === null ? null : functionOf(attributes.activation);
    const [from, weights] = [x!.data, w!.data];
    const data = new Float32Array(sizeOf(shape));
    const sums = new Float64Array(outputs);
    let at = 0;
    for (let n = 0; n < shape[0]!; n++) {
      for (let z = 0; z < outD; z++) {
        for (let y = 0; y < outH; y++) {
          for (let column = 0; column < outW; column++) {
            sums.set(b!.data);
            for (let tap = 0; tap < taps; tap++) {
              const iz = z * strides[0] - pads[0] + Math.floor(tap / (kernelH * kernelW)) * dilations[0];
              const iy = y * strides[1] - pads[1] + (Math.floor(tap / kernelW) % kernelH) * dilations[1];
              const ix = column * strides[2] - pads[2] + (tap % kernelW) * dilations[2];
              if (iz < 0 || iz >= depth || iy < 0 || iy >= height || ix < 0 || ix >= width) continue;
              const pixel = (((n * depth + iz) * height + iy) * width + ix) * channels;
              for (let o = 0; o < outputs; o++) {
                const start = pixel + Math.floor(o / outputsPerGroup) * perGroup;
                const row = (o * taps + tap) * perGroup;
                let sum = 0;
                for (let i = 0; i < perGroup; i++) sum += from[start + i]! * weights[row + i]!;
                sums[o]! += sum;
              }
            }
            for (let o = 0; o < outputs; o++) data[at++] = activate === null ? sums[o]! : activate(sums[o]!);
          }
        }
      }
    }
    return { shape, data };
  },
});
