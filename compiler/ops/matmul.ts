import { formatShape, sizeOf } from '../ir/tensor.ts';
import { broadcast, broadcastIndex } from './binary.ts';
import { defineOp, f32 } from './define.ts';

/** y = a * b. a: [... x m x k], b: [... x k x n] -> [... x m x n]; the leading axes broadcast (numpy.matmul). */
export const matmul = defineOp<object>({
  infer: (_, [a, b]) => {
    if (a!.shape.length < 2 || b!.shape.length < 2) {
      return { mismatch: `operands are ${formatShape(a!.shape)} and ${formatShape(b!.shape)}; both need at least two axes` };
    }
    const batch = broadcast(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
    if (batch === null || a!.shape.at(-1) !== b!.shape.at(-2)) {
      return { mismatch: `${formatShape(a!.shape)} times ${formatShape(b!.shape)}: the inner extents differ` };
    }
    return f32([...batch, a!.shape.at(-2)!, b!.shape.at(-1)!]);
  },
  evaluate: (_, [a, b], shape) => {
    const [rows, depth, columns] = [shape.at(-2)!, a!.shape.at(-1)!, shape.at(-1)!];
    const batch = shape.slice(0, -2);
    const indexA = broadcastIndex(a!.shape.slice(0, -2), batch);
    const indexB = broadcastIndex(b!.shape.slice(0, -2), batch);
    const data = new Float32Array(sizeOf(shape));
    for (let i = 0; i < data.length; i++) {
      const at = Math.floor(i / (rows * columns));
      const row = Math.floor(i / columns) % rows;
      const startA = (indexA(at) * rows + row) * depth;
      const startB = indexB(at) * depth * columns + (i % columns);
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += a!.data[startA + k]! * b!.data[startB + k * columns]!;
      data[i] = sum;
    }
    return { shape, data };
  },
});
