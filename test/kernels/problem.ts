import fc from 'fast-check';
import { convProblem, convTransposeProblem } from './convolution.ts';
import {
  addFixedProblem,
  affineProblem,
  binaryProblem,
  dequantizeProblem,
  joinSumsProblem,
  requantizeProblem,
} from './elementwise.ts';
import { gatherProblem, moveProblem, poolProblem } from './moving.ts';
import {
  normalizeProblem,
  productProblem,
  recurrentProblem,
  reduceProblem,
  resampleProblem,
  softmaxFixedProblem,
  softmaxProblem,
} from './rows.ts';
import type { KernelKind, KernelOf, Result } from '../../runtime-js/artifact/kernel.ts';
import type { Activation } from '../../compiler/kernels/define.ts';
import { segmentsOfInterpolation } from '../../runtime-js/artifact/kernel.ts';
import type { IntConstant } from '../../compiler/kernels/int-graph.ts';
import { maxFloat } from '../../compiler/quantize/parameters.ts';

/** A kernel with inputs and constants: its reference and each target must agree on it, bit for bit. */
export interface Problem<K extends KernelKind> {
  readonly kernel: KernelOf<K>;
  readonly inputs: readonly Activation[];
  readonly constants: readonly { readonly values: IntConstant; readonly shape: readonly number[] }[];
  /** Values of the output. */
  readonly size: number;
}

/** The constants that a kernel reads: sums that stay as they are need no multiplier, whatever the problem has. */
export const constantsRead = ({ kernel, constants }: Problem<KernelKind>): Problem<KernelKind>['constants'] =>
  'result' in kernel && kernel.result === 'i32' ? constants.slice(0, 2) : constants;

/** Sizes with 1, primes, powers of two and their neighbours well represented. */
const size = fc.oneof(
  fc.constantFrom(1, 2, 3, 7, 8, 9, 13, 16, 31, 32, 33, 40, 47, 64, 65, 127, 128),
  fc.integer({ min: 1, max: 200 }),
);

const int = (min: number, max: number) => fc.oneof(fc.constantFrom(min, max, 0), fc.integer({ min, max }));

/** Finite f32 of ordinary size, with ties of rounding and both zeros among them. */
const real = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 }),
  fc.constantFrom(0, -0, 0.5, -0.5, 1.5, 2.5, -2.5),
);

const scale = fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(1e-6), max: Math.fround(4) });

const list = <T>(element: fc.Arbitrary<T>, length: number) => fc.array(element, { minLength: length, maxLength: length });

const floats = (element: fc.Arbitrary<number>, length: number) =>
  list(element, length).map((values) => Float32Array.from(values));

const constant = (values: IntConstant, shape: readonly number[] = [values.length]) => ({ values, shape });

/** Zero points move the range of x' = q - zeroPoint. */
const stored = int(-128, 127).map((zeroPoint) => ({ low: -128 - zeroPoint, high: 127 - zeroPoint }));

/** int8, or int16 as far as its 16 bits go. */
const storedOrWide = fc.oneof(stored, fc.constant({ low: -32_767, high: 32_767 }));

const matmulOperands = fc.record({ depth: size, rows: size, range: storedOrWide }).chain(({ depth, rows, range }) =>
  fc.record({
    x: list(fc.oneof(fc.constant(0), int(range.low, range.high)), depth).map((values) => Int16Array.from(values)),
    w: list(int(-127, 127), rows * depth).map((values) => Int8Array.from(values)),
    bias: list(int(-(2 ** 30), 2 ** 30), rows).map((values) => Int32Array.from(values)),
    multiplier: floats(scale, rows),
    shape: fc.constant([rows, depth]),
  }),
);

export const problems: { readonly [K in KernelKind]: fc.Arbitrary<Problem<K>> } = {
  addFixed: addFixedProblem,
  affine: affineProblem,
  binary: binaryProblem,
  conv: convProblem,
  convTranspose: convTransposeProblem,
  dequantize: dequantizeProblem,
  gather: gatherProblem,
  move: moveProblem,
  normalize: normalizeProblem,
  pool: poolProblem,
  product: productProblem,
  recurrent: recurrentProblem,
  reduce: reduceProblem,
  resample: resampleProblem,
  softmax: softmaxProblem,
  softmaxFixed: softmaxFixedProblem,
  quantize: fc
    .record({ x: size.chain((n) => floats(real, n)), scale, range: storedOrWide })
    .map(({ x, scale: inverseScale, range }) => ({
      kernel: { kind: 'quantize', inverseScale, ...range },
      inputs: [x],
      constants: [],
      size: x.length,
    })),
  matmul: fc
    .record({
      operands: matmulOperands,
      range: storedOrWide,
      sparse: fc.boolean(),
      result: fc.constantFrom<Result>('i16', 'f32', 'i32'),
      relu: fc.boolean(),
    })
    .map(({ operands: { x, w, bias, multiplier, shape }, range, sparse, result, relu }) => ({
      kernel: {
        kind: 'matmul',
        sparse,
        result,
        ...(result === 'f32' ? { low: relu ? 0 : -maxFloat, high: maxFloat } : range),
      },
      inputs: [x],
      constants: [constant(w, shape), constant(bias), ...(result === 'i32' ? [] : [constant(multiplier)])],
      size: bias.length,
    })),
  joinSums: joinSumsProblem,
  requantize: requantizeProblem,
  lookup: fc.record({ range: stored, n: size, table: list(int(-255, 255), 256) }).chain(({ range, n, table }) =>
    list(int(range.low, range.high), n).map((x) => ({
      kernel: { kind: 'lookup', first: range.low } as const,
      inputs: [Int16Array.from(x)],
      constants: [constant(Int16Array.from(table))],
      size: n,
    })),
  ),
  interpolate: fc
    .record({ x: size.chain((n) => floats(real, n)), table: floats(real, segmentsOfInterpolation + 1) })
    .map(({ x, table }) => ({
      kernel: { kind: 'interpolate', start: -16, inverseStep: 16, low: -maxFloat, high: maxFloat },
      inputs: [x],
      constants: [constant(table)],
      size: x.length,
    })),
  scale: size.chain((n) =>
    fc.tuple(floats(real, n), floats(real, n), floats(real, n)).map(([x, factor, offset]) => ({
      kernel: { kind: 'scale' } as const,
      inputs: [x],
      constants: [constant(factor), constant(offset)],
      size: n,
    })),
  ),
};
