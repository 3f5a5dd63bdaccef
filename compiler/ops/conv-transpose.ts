import { sizeOf } from '../ir/tensor.ts';
import { defineOp, f32 } from './define.ts';
import { functionOf, type Elementwise } from './elementwise.ts';
import { channelMismatch, extents3, reach, sliding3, slidingMismatch, spatialOf, type Sliding } from './spatial.ts';

export interface ConvTranspose extends Sliding {
  readonly groups: number;
  /** Rows added at the end of each spatial axis. */
  readonly outputPadding: readonly number[];
  readonly activation: Elementwise | null;
}

/**
 * The transpose of a convolution: input pixel i adds w * x[i] to the outputs i * stride - padBegin + k * dilation.
 * x: [n x ...spatial x in], w: [out x ...kernel x in / groups], b: [out] -> [n x ...spatial x out], extents
 * (extent - 1) * stride + reach - pads + outputPadding (https://onnx.ai/onnx/operators/onnx__ConvTranspose.html).
 */
export const convTranspose = defineOp<ConvTranspose>({
  infer: (attributes, [x, w, b]) => {
    const kernel = spatialOf(w!.shape);
    const wrong =
      slidingMismatch(attributes, kernel, x!.shape.length - 2) ??
      channelMismatch(attributes.groups, x!.shape, w!.shape, b!.shape);
    if (wrong !== null) return { mismatch: wrong };
    const { strides, dilations, padBegin, padEnd, outputPadding } = attributes;
    const extents = spatialOf(x!.shape).map(
      (extent, axis) =>
        (extent - 1) * strides[axis]! +
        reach(kernel[axis]!, dilations[axis]!) -
        padBegin[axis]! -
        padEnd[axis]! +
        (outputPadding[axis] ?? 0),
    );
    return f32([x!.shape[0]!, ...extents, w!.shape[0]!]);
  },
  evaluate: (attributes, [x, w, b], shape) => {
    const { strides, dilations, pads } = sliding3(attributes);
    const [depth, height, width] = extents3(spatialOf(x!.shape));
    const [kernelD, kernelH, kernelW] = extents3(spatialOf(w!.shape));
    const [outD, outH, outW] = extents3(spatialOf(shape));
    const [channels, outputs, perGroup] = [x!.shape.at(-1)!, w!.shape[0]!, w!.shape.at(-1)!];
    const outputsPerGroup = outputs / attributes.groups;
    const taps = kernelD * kernelH * kernelW;
    const [from, weights] = [x!.data, outputsLast(w!.data, outputs, taps, perGroup)];
    const sums = new Float64Array(sizeOf(shape));
    for (let at = 0; at < sums.length; at += outputs) sums.set(b!.data, at);
    const pixels = depth * height * width;
    for (let p = 0; p < shape[0]! * pixels; p++) {
      const n = Math.floor(p / pixels);
      const [iz, iy, ix] = [Math.floor(p / (height * width)) % depth, Math.floor(p / width) % height, p % width];
      for (let tap = 0; tap < taps; tap++) {
        const z = iz * strides[0] - pads[0] + Math.floor(tap / (kernelH * kernelW)) * dilations[0];
        const y = iy * strides[1] - pads[1] + (Math.floor(tap / kernelW) % kernelH) * dilations[1];
        const column = ix * strides[2] - pads[2] + (tap % kernelW) * dilations[2];
        if (z < 0 || z >= outD || y < 0 || y >= outH || column < 0 || column >= outW) continue;
        const at = (((n * outD + z) * outH + y) * outW + column) * outputs;
        for (let group = 0; group < attributes.groups; group++) {
          const [start, row] = [p * channels + group * perGroup, tap * perGroup * outputs + group * outputsPerGroup];
          for (let i = 0; i < perGroup; i++) {
            const value = from[start + i]!;
            // Half of the values are zero behind a ReLU.
            if (value === 0) continue;
            const first = row + i * outputs;
            const to = at + group * outputsPerGroup;
            for (let o = 0; o < outputsPerGroup; o++) sums[to + o]! += value * weights[first + o]!;
          }
        }
      }
    }
    const activate = attributes.activation === null ? null : functionOf(attributes.activation);
    return { shape, data: activate === null ? Float32Array.from(sums) : Float32Array.from(sums, activate) };
  },
});

/** w[out x taps x in] as [taps x in x out]: neighbouring outputs are summed side by side. */
function outputsLast(w: Float32Array, outputs: number, taps: number, inputs: number): Float64Array {
  const turned = new Float64Array(w.length);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < taps * inputs; i++) turned[i * outputs + o] = w[o * taps * inputs + i]!;
  }
  return turned;
}
