import { formatShape, sizeOf, type Shape } from '../ir/tensor.ts';
import { defineOp, f32 } from './define.ts';

const functions = {
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
  div: (a: number, b: number) => a / b,
  max: (a: number, b: number) => Math.max(a, b),
  min: (a: number, b: number) => Math.min(a, b),
  pow: (a: number, b: number) => a ** b,
  /** b is the slope for negative values (https://onnx.ai/onnx/operators/onnx__PRelu.html). */
  prelu: (a: number, b: number) => (a < 0 ? a * b : a),
};

export type BinaryFunction = keyof typeof functions;

export const applyBinary = (fn: BinaryFunction): ((a: number, b: number) => number) => functions[fn];

/** y = fn(a, b) with NumPy broadcasting. */
export const binary = defineOp<{ readonly fn: BinaryFunction }>({
  infer: (_, [a, b]) => {
    const shape = broadcast(a!.shape, b!.shape);
    return shape === null
      ? { mismatch: `shapes ${formatShape(a!.shape)} and ${formatShape(b!.shape)} do not broadcast` }
      : f32(shape);
  },
  evaluate: ({ fn }, [a, b], shape) => {
    const indexA = broadcastIndex(a!.shape, shape);
    const indexB = broadcastIndex(b!.shape, shape);
    const data = new Float32Array(sizeOf(shape));
    for (let i = 0; i < data.length; i++) data[i] = functions[fn](a!.data[indexA(i)]!, b!.data[indexB(i)]!);
    return { shape, data };
  },
});

/** The common shape of two operands by NumPy's rules (https://numpy.org/doc/stable/user/basics.broadcasting.html), or null. */
export function broadcast(a: Shape, b: Shape): Shape | null {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return null;
    shape.push(x === 1 ? y : x);
  }
  return shape;
}

/** Flat index into `from` for a flat index into the broadcast shape `to`. */
export function broadcastIndex(from: Shape, to: Shape): (index: number) => number {
  const strides: number[] = Array.from({ length: to.length }, () => 0);
  let stride = 1;
  for (let axis = from.length - 1; axis >= 0; axis--) {
    strides[axis + to.length - from.length] = from[axis] === 1 ? 0 : stride;
    stride *= from[axis]!;
  }
  return (index) => {
    let rest = index;
    let at = 0;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      at += (rest % to[axis]!) * strides[axis]!;
      rest = Math.floor(rest / to[axis]!);
    }
    return at;
  };
}
