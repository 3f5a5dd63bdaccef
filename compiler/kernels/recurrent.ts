import type { KernelOf } from '../../runtime-js/artifact/kernel.ts';
import { bytesOf, defineKernel, float, padded, type Activation } from './define.ts';
import type { IntConstant } from './int-graph.ts';
import { packMatrix } from './matmul.ts';
import { clamp, roundHalfEven } from './rounding.ts';

/** A table of a function: start, inverseStep, low, high, and the values at the ends of its 512 lines. */
export const tableHead = 4;

const lastSegment = 511;

const gatesOf = { lstm: 4, gru: 3, gruResetBefore: 3, simple: 1 } as const;
/** In the order of the codes that runtime-as/kernels/recurrent.ts takes. */
const cells: readonly KernelOf<'recurrent'>['cell'][] = ['lstm', 'gru', 'gruResetBefore', 'simple'];

const outputs: readonly KernelOf<'recurrent'>['gives'][] = ['hidden', 'sequence', 'cell'];

export const recurrent = defineKernel<'recurrent'>({
  reference: (kernel, [x, ...first], constants, size, memory) => {
    const { steps, depth, hidden, reverse, gives, stateful } = kernel;
    const out = gives === 'cell' ? new Float32Array(size) : new Int16Array(size);
    const { hidden: kept, cell } = stateful ? memory : {};
    const [h, c] = [kernel.firstHidden ? first.shift()! : null, kernel.firstCell ? first.shift()! : null];
    let state: State = {
      h: h === null ? (kept ?? new Int16Array(hidden)) : Int16Array.from(h),
      c: c === null ? (cell ?? new Float32Array(hidden)) : Float32Array.from(c),
    };
    for (let i = 0; i < steps; i++) {
      const step = reverse ? steps - 1 - i : i;
      state = advance(kernel, x!.subarray(step * depth, (step + 1) * depth), state, constants);
      if (gives === 'sequence') out.set(state.h, step * hidden);
    }
    if (gives !== 'sequence') out.set(gives === 'cell' ? state.c : state.h);
    memory.hidden = state.h;
    memory.cell = state.c;
    return out;
  },
  pack: ([w, u, ...rest], target, { cell, hidden }) => {
    const matrix = (values: IntConstant, height: number, width: number): Uint8Array =>
      packMatrix({ values, shape: [height, width] }, new Int32Array(height), target);
    const rows = gatesOf[cell] * hidden;
    const cut = cell === 'gruResetBefore' ? 2 * hidden : rows;
    const parameters = new Float32Array(4 * padded(rows));
    rest.slice(0, 4).forEach(({ values }, i) => parameters.set(values, i * padded(rows)));
    const tables = new Float32Array(rest.slice(4).flatMap(({ values }) => [...values]));
    return [
      matrix(w!.values, rows, w!.shape[1]!),
      matrix(u!.values.subarray(0, cut * hidden), cut, hidden),
      matrix(u!.values.subarray(cut * hidden), rows - cut, hidden),
      bytesOf(parameters),
      bytesOf(tables),
    ];
  },
  inPlace: false,
  scratchBytes: (_, { cell, hidden }) => 12 * padded(hidden) + 8 * padded(gatesOf[cell] * hidden),
  emit: (kernel, { inputs, output, constants, scratch }) => {
    const { cell, steps, depth, hidden, reverse, gives, stateful, inverseScale, low, high } = kernel;
    const first = inputs.slice(1).map(({ address }) => address);
    const states = [kernel.firstHidden, kernel.firstCell].map((given) => (given ? first.shift()! : 0));
    const addresses = [inputs[0]!.address, output.address, ...constants, ...states, scratch];
    return [
      {
        module: 'kernels/recurrent',
        name: 'recurrent',
        args: [
          ...[...addresses, cells.indexOf(cell), steps, depth, hidden].map(String),
          reverse ? '1' : '0',
          String(outputs.indexOf(gives)),
          stateful ? '1' : '0',
          ...[inverseScale, low, high].map(float),
        ],
      },
    ];
  },
});

interface State {
  readonly h: Int16Array;
  readonly c: Float32Array;
}

const f = Math.fround;

function advance(kernel: KernelOf<'recurrent'>, x: Activation, { h, c }: State, constants: readonly IntConstant[]): State {
  const [w, u, scaleX, scaleH, biasX, biasH, gateTable, candidateTable, outputTable] = constants;
  const { cell, hidden, inverseScale, low, high } = kernel;
  const fromX = (o: number): number => f(f(f(dot(w!, o, x)) * scaleX![o]!) + biasX![o]!);
  const fromH = (o: number, state = h): number => f(f(f(dot(u!, o, state)) * scaleH![o]!) + biasH![o]!);
  const gate = (block: number, i: number): number =>
    interpolate(gateTable!, f(fromX(block * hidden + i) + fromH(block * hidden + i)));
  const stored = (value: number): number => roundHalfEven(clamp(f(value), low, high));
  const next = new Float32Array(hidden);
  const nextC = Float32Array.from(c);
  const reset = cell === 'gruResetBefore' ? h.map((value, i) => stored(gate(1, i) * value)) : h;
  for (let i = 0; i < hidden; i++) {
    if (cell === 'simple') {
      next[i] = interpolate(candidateTable!, f(fromX(i) + fromH(i)));
    } else if (cell === 'lstm') {
      const fresh = interpolate(candidateTable!, f(fromX(2 * hidden + i) + fromH(2 * hidden + i)));
      nextC[i] = f(f(gate(1, i) * c[i]!) + f(gate(0, i) * fresh));
      next[i] = f(gate(3, i) * interpolate(outputTable!, nextC[i]!));
    } else {
      const o = 2 * hidden + i;
      const update = gate(0, i);
      const recurrence = cell === 'gru' ? f(gate(1, i) * fromH(o)) : fromH(o, reset);
      const fresh = interpolate(candidateTable!, f(fromX(o) + recurrence));
      const old = f(h[i]! / inverseScale);
      next[i] = f(f(f(1 - update) * fresh) + f(update * old));
    }
  }
  return { h: Int16Array.from(next, (value) => stored(value * inverseScale)), c: nextC };
}

function dot(w: IntConstant, o: number, x: Activation): number {
  let sum = 0;
  for (let k = 0; k < x.length; k++) sum += w[o * x.length + k]! * x[k]!;
  return sum;
}

/** As kernels/interpolate.ts, with the numbers of the table's head. */
function interpolate(table: IntConstant, value: number): number {
  const [start, inverseStep, low, high] = table;
  const t = f(f(value - start!) * inverseStep!);
  const index = Math.trunc(clamp(t, 0, lastSegment));
  const left = table[tableHead + index]!;
  const rise = f(table[tableHead + index + 1]! - left);
  return clamp(f(left + f(f(t - index) * rise)), low!, high!);
}
