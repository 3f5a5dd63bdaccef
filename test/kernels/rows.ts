import fc from 'fast-check';
import { expOfNegative } from '../../compiler/kernels/fixed-point.ts';
import type { Problem } from './problem.ts';
import { integers } from './random.ts';

const extent = fc.oneof(fc.constantFrom(1, 2, 7, 8, 9, 16, 33), fc.integer({ min: 1, max: 50 }));
const few = fc.integer({ min: 1, max: 6 });
const positive = fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(1e-4), max: Math.fround(4) });
const bounds = { low: -128, high: 127 };

const activation = (seed: number, n: number): Int16Array => Int16Array.from(integers(seed)(n, -255, 255));

export const reduceProblem: fc.Arbitrary<Problem<'reduce'>> = fc
  .record({
    fn: fc.constantFrom('sum', 'max', 'min', 'l1', 'l2', 'sumSquare'),
    rows: few,
    n: extent,
    multiplier: positive,
    seed: fc.nat(),
  })
  .map(({ fn, rows, n, multiplier, seed }) => ({
    kernel: { kind: 'reduce', fn, n, multiplier: multiplier / n, ...bounds },
    inputs: [activation(seed, rows * n)],
    constants: [],
    size: rows,
  }));

export const normalizeProblem: fc.Arbitrary<Problem<'normalize'>> = fc
  .record({ rows: few, n: extent, center: fc.boolean(), epsilon: positive, seed: fc.nat() })
  .map(({ rows, n, center, epsilon, seed }) => ({
    kernel: { kind: 'normalize', n, center, epsilon, ratio: 31.75, ...bounds },
    inputs: [activation(seed, rows * n)],
    constants: [],
    size: rows * n,
  }));

export const softmaxProblem: fc.Arbitrary<Problem<'softmax'>> = fc
  .record({ rows: few, n: extent, scale: positive, seed: fc.nat() })
  .map(({ rows, n, scale, seed }) => ({
    kernel: { kind: 'softmax', n, inverseScale: 255, low: 0, high: 255 },
    inputs: [Int16Array.from(integers(seed)(rows * n, -100, 155))],
    constants: [{ values: Float32Array.from({ length: 256 }, (_, d) => Math.exp(-d * scale)), shape: [256] }],
    size: rows * n,
  }));

export const softmaxFixedProblem: fc.Arbitrary<Problem<'softmaxFixed'>> = fc
  .record({ rows: few, n: extent, seed: fc.nat() })
  .map(({ rows, n, seed }) => ({
    kernel: { kind: 'softmaxFixed', n },
    inputs: [Int16Array.from(integers(seed)(rows * n, -100, 155))],
    constants: [{ values: Int32Array.from({ length: 256 }, (_, d) => expOfNegative(-d * 2 ** 21)), shape: [256] }],
    size: rows * n,
  }));

export const resampleProblem: fc.Arbitrary<Problem<'resample'>> = fc
  .record({ outer: few, extent, count: extent, taps: few, run: few, seed: fc.nat() })
  .map(({ outer, extent: n, count, taps, run, seed }) => {
    const draw = integers(seed);
    const constant = (values: Int32Array | Float32Array) => ({ values, shape: [count, taps] });
    return {
      kernel: { kind: 'resample', outer, extent: n, count, taps, run, ...bounds },
      inputs: [activation(seed, outer * n * run)],
      constants: [
        constant(Int32Array.from(draw(count * taps, 0, n - 1))),
        constant(Float32Array.from(draw(count * taps, -50, 100), (value) => value / 100)),
      ],
      size: outer * count * run,
    };
  });

export const productProblem: fc.Arbitrary<Problem<'product'>> = fc
  .record({ batch: few, rows: few, columns: few, depth: extent, multiplier: positive, seed: fc.nat() })
  .map(({ batch, rows, columns, depth, multiplier, seed }) => ({
    kernel: { kind: 'product', batch, rows, columns, depth, multiplier: Math.fround(multiplier / 1000), ...bounds },
    inputs: [activation(seed, batch * rows * depth), activation(seed + 1, batch * columns * depth)],
    constants: [],
    size: batch * rows * columns,
  }));

/** Sigmoid and tanh as the lowering writes them. */
const table = (fn: (x: number) => number): { readonly values: Float32Array; readonly shape: readonly number[] } => ({
  values: Float32Array.from([-8, 32, -1, 1, ...Array.from({ length: 513 }, (_, i) => fn(-8 + i / 32))]),
  shape: [517],
});

const source = fc.constantFrom('zero', 'input', 'constant');

export const recurrentProblem: fc.Arbitrary<Problem<'recurrent'>> = fc
  .record({
    cell: fc.constantFrom('lstm', 'gru', 'gruResetBefore', 'simple'),
    sequences: fc.integer({ min: 1, max: 3 }),
    steps: few,
    depth: extent,
    hidden: fc.oneof(fc.constantFrom(1, 3, 8, 9), fc.integer({ min: 1, max: 20 })),
    reverse: fc.boolean(),
    functions: fc.constantFrom('quotients', 'tables'),
    wanted: fc.constantFrom('none', 'last', 'all'),
    firstHidden: source,
    ofLstm: fc.record({ cellState: fc.boolean(), firstCell: source, peepholes: fc.boolean() }),
    seed: fc.nat(),
  })
  .map(({ cell, wanted, ofLstm, seed, ...shape }) => {
    const { sequences, steps, depth, hidden, firstHidden } = shape;
    const draw = integers(seed);
    const { cellState, firstCell, peepholes } =
      cell === 'lstm' ? ofLstm : ({ cellState: false, firstCell: 'zero', peepholes: false } as const);
    const hiddenStates = wanted === 'none' && !cellState ? 'last' : wanted;
    const rows = { lstm: 4, gru: 3, gruResetBefore: 3, simple: 1 }[cell] * hidden;
    const reals = (divisor: number, n = rows) => ({
      values: Float32Array.from(draw(n, -999, 999), (value) => value / divisor),
      shape: [n],
    });
    const states = [
      { from: firstHidden, values: Int16Array.from(draw(sequences * hidden, -8191, 8191)), shape: [sequences, hidden] },
      { from: firstCell, ...reals(500, sequences * hidden) },
    ];
    return {
      kernel: {
        kind: 'recurrent',
        cell,
        ...shape,
        hiddenStates,
        cellState,
        firstCell,
        peepholes,
        stateful: false,
        inverseScale: 8191,
        low: -8191,
        high: 8191,
      },
      inputs: [
        activation(seed, sequences * steps * depth),
        ...states.filter(({ from }) => from === 'input').map(({ values }) => values),
      ],
      constants: [
        { values: Int8Array.from(draw(rows * depth, -127, 127)), shape: [rows, depth] },
        { values: Int8Array.from(draw(rows * hidden, -127, 127)), shape: [rows, hidden] },
        ...[1e8, 1e9, 1e3, 1e3].map((divisor) => reals(divisor)),
        ...(shape.functions === 'tables' ? [table((x) => 1 / (1 + Math.exp(-x))), table(Math.tanh), table(Math.tanh)] : []),
        ...(peepholes ? [reals(500, 3 * hidden)] : []),
        ...states.filter(({ from }) => from === 'constant'),
      ],
      size: sequences * hidden * ({ none: 0, last: 1, all: steps }[hiddenStates] + (cellState ? 1 : 0)),
    };
  });
