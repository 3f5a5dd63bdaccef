import { defineOp, f32 } from './define.ts';

/**
 * Name -> f64 function of a value and the parameters that the name needs. On int8 each becomes a 256-entry table, so a
 * row is all that an activation takes. Sources: the definitions of the ONNX operators of the same name.
 */
export const functions = {
  relu: (x: number) => Math.max(0, x),
  relu6: (x: number) => Math.min(Math.max(0, x), 6),
  /** parameters: lower bound, upper bound. */
  clip: (x: number, low = -Infinity, high = Infinity) => Math.min(Math.max(low, x), high),
  /** parameters: slope for negative values. */
  leakyRelu: (x: number, alpha = 0) => (x < 0 ? alpha * x : x),
  /** parameters: scale of the negative part. */
  elu: (x: number, alpha = 1) => (x < 0 ? alpha * Math.expm1(x) : x),
  selu: (x: number) => 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * Math.expm1(x) : x),
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
  tanh: (x: number) => Math.tanh(x),
  /** Written so that large x does not overflow. */
  softplus: (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  softsign: (x: number) => x / (1 + Math.abs(x)),
  silu: (x: number) => x / (1 + Math.exp(-x)),
} satisfies Record<string, (x: number, ...parameters: number[]) => number>;

export interface Elementwise {
  readonly fn: keyof typeof functions;
  readonly parameters: readonly number[];
}

/** The f64 function of an activation with its parameters bound. */
export function functionOf({ fn, parameters }: Elementwise): (x: number) => number {
  const apply: (x: number, ...parameters: number[]) => number = functions[fn];
  return (x) => apply(x, ...parameters);
}

export const elementwise = defineOp<Elementwise>({
  infer: (_, [x]) => f32(x!.shape),
  evaluate: (attributes, [x], shape) => ({ shape, data: x!.data.map(functionOf(attributes)) }),
});
