import type { KernelOf, Move } from '../../runtime-js/artifact/kernel.ts';
import { defineKernel, type Activation, type Call } from './define.ts';

export const move = defineKernel<'move'>({
  reference: ({ boxes, float }, inputs, _, size) => {
    const out = float ? new Float32Array(size) : new Int16Array(size);
    for (const box of boxes) copyBox(box, inputs[box.input]!, out);
    return out;
  },
  pack: () => [],
  inPlace: false,
  scratchBytes: () => 0,
  emit: (kernel, { inputs, output }) => {
    const bytes = kernel.float ? 4 : 2;
    const cleared: Call = { module: 'kernels/move', name: 'clear', args: [output.address, output.size * bytes].map(String) };
    return [
      ...(kernel.clear ? [cleared] : []),
      ...kernel.boxes.map((box): Call => {
        const [x, out] = [inputs[box.input]!.address + box.from * bytes, output.address + box.to * bytes];
        const strides = [...box.fromStrides, ...box.toStrides].map((stride) => stride * bytes);
        return {
          module: 'kernels/move',
          name: kernel.float ? 'move_f32' : 'move_i16',
          args: [x, out, ...box.extents, ...strides].map(String),
        };
      }),
    ];
  },
});

function copyBox({ extents, from, fromStrides, to, toStrides }: Move, x: Activation, out: Activation): void {
  const [n0, n1, n2, n3] = extents;
  for (let i = 0; i < n0 * n1 * n2 * n3; i++) {
    const place = [Math.floor(i / (n1 * n2 * n3)), Math.floor(i / (n2 * n3)) % n1, Math.floor(i / n3) % n2, i % n3];
    const at = (strides: KernelOf<'move'>['boxes'][number]['fromStrides']): number =>
      place.reduce((sum, index, axis) => sum + index * strides[axis]!, 0);
    out[to + at(toStrides)] = x[from + at(fromStrides)]!;
  }
}
