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
  /** parameters: alpha and gamma; the defaults are those of the paper (https://arxiv.org/abs/1706.02515). */
  selu: (x: number, alpha = 1.6732632423543772, gamma = 1.0507009873554805) => gamma * (x < 0 ? alpha * Math.expm1(x) : x),
  /** parameters: alpha. */
  celu: (x: number, alpha = 1) => (x < 0 ? alpha * Math.expm1(x / alpha) : x),
  /** parameters: what x must exceed. */
  thresholdedRelu: (x: number, alpha = 1) => (x > alpha ? x : 0),
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
  tanh: (x: number) => Math.tanh(x),
  /** Written so that large x does not overflow. */
  softplus: (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  softsign: (x: number) => x / (1 + Math.abs(x)),
  /** parameters: what x is multiplied with in the sigmoid (Swish). */
  silu: (x: number, alpha = 1) => x / (1 + Math.exp(-alpha * x)),
  gelu: (x: number) => (x / 2) * (1 + erf(x / Math.SQRT2)),
  /** The approximation of GELU by tanh (https://arxiv.org/abs/1606.08415, section 2). */
  geluTanh: (x: number) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  mish: (x: number) => x * Math.tanh(Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  /** parameters: slope and offset. */
  hardSigmoid: (x: number, alpha = 0.2, beta = 0.5) => Math.min(Math.max(0, alpha * x + beta), 1),
  hardSwish: (x: number) => x * Math.min(Math.max(0, x / 6 + 0.5), 1),
  exp: (x: number) => Math.exp(x),
  log: (x: number) => Math.log(x),
  sqrt: (x: number) => Math.sqrt(x),
  square: (x: number) => x * x,
  /** parameters: the exponent. */
  power: (x: number, exponent = 1) => x ** exponent,
  abs: (x: number) => Math.abs(x),
  neg: (x: number) => -x,
  reciprocal: (x: number) => 1 / x,
  erf,
  sin: (x: number) => Math.sin(x),
  cos: (x: number) => Math.cos(x),
  floor: (x: number) => Math.floor(x),
  ceil: (x: number) => Math.ceil(x),
  truncate: (x: number) => Math.trunc(x),
  /** To the nearest whole number, ties to even. */
  round: roundHalfEven,
  sign: (x: number) => Math.sign(x),
  /** 0 where x is true, minus infinity where it is false: what an attention mask adds to the scores. */
  maskBias: (x: number) => (x === 0 ? -Infinity : 0),
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

/** y = fn(x), each value by itself. */
export const elementwise = defineOp<Elementwise>({
  infer: (_, [x]) => f32(x!.shape),
  evaluate: (attributes, [x], shape) => ({ shape, data: x!.data.map(functionOf(attributes)) }),
});

/** 2 / sqrt(pi) * exp(-x^2) * sum of 2^n x^(2n+1) / (2n+1)!! (https://dlmf.nist.gov/7.6.E2): all terms have one sign. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
