import type { KernelOf } from '../../runtime-js/artifact/kernel.ts';
import { padded } from '../../runtime-js/artifact/layout/stream.ts';
import { bytesOf, defineKernel, float, type Activation } from './define.ts';
import type { IntConstant } from './int-graph.ts';
import { packMatrix } from './matmul.ts';
import { sigmoid, tanh, vectorsOfCoefficients } from './quotient.ts';
import { clamp, roundHalfEven } from './rounding.ts';

/** A table of a function: start, inverseStep, low, high, and the values at the ends of its 512 lines. */
export const tableHead = 4;

const lastSegment = 511;

const gatesOf = { lstm: 4, gru: 3, gruResetBefore: 3, simple: 1 } as const;
/** In the order of the codes that runtime-as/kernels/recurrent.ts takes. */
const cells: readonly KernelOf<'recurrent'>['cell'][] = ['lstm', 'gru', 'gruResetBefore', 'simple'];

const hiddenStates: readonly KernelOf<'recurrent'>['hiddenStates'][] = ['none', 'last', 'all'];

export const recurrent = defineKernel<'recurrent'>({
  reference: (kernel, [x, ...inputs], constants, size, memory) => {
    const { sequences, steps, depth, hidden, reverse, stateful, inverseScale } = kernel;
    const { states: trained } = optionalsOf(kernel, constants, 6);
    const given = firstStates(kernel, inputs, trained);
    const states: number[] = [];
    const lastCells: number[] = [];
    for (let sequence = 0; sequence < sequences; sequence++) {
      const own = (first: ArrayLike<number> | null): number[] =>
        Array.from({ length: hidden }, (_, i) => first?.[sequence * hidden + i] ?? 0);
      let state: State = {
        h: Int16Array.from(own(given[0] ?? (stateful ? (memory.hidden ?? null) : null))),
        c: Float32Array.from(own(given[1] ?? (stateful ? (memory.cell ?? null) : null))),
      };
      const all = new Int16Array(steps * hidden);
      for (let i = 0; i < steps; i++) {
        const step = reverse ? steps - 1 - i : i;
        const at = (sequence * steps + step) * depth;
        state = advance(kernel, x!.subarray(at, at + depth), state, constants);
        all.set(state.h, step * hidden);
      }
      states.push(...{ none: [], last: state.h, all }[kernel.hiddenStates]);
      lastCells.push(...state.c);
      memory.hidden = state.h;
      memory.cell = state.c;
    }
    if (!kernel.cellState) return Int16Array.from({ length: size }, (_, i) => states[i]!);
    return Float32Array.from([...states.map((value) => f(value / inverseScale)), ...lastCells]);
  },
  pack: ([w, u, ...rest], target, kernel) => {
    const { cell, hidden } = kernel;
    const matrix = (values: IntConstant, height: number, width: number): Uint8Array =>
      packMatrix({ values, shape: [height, width] }, new Int32Array(height), target);
    const rows = gatesOf[cell] * hidden;
    const cut = cell === 'gruResetBefore' ? 2 * hidden : rows;
    const parameters = new Float32Array(4 * padded(rows));
    rest.slice(0, 4).forEach(({ values }, i) => parameters.set(values, i * padded(rows)));
    const { tables, peepholes, states } = optionalsOf(kernel, rest, 4);
    const joined = new Float32Array(tables.flatMap(({ values }) => [...values]));
    const functions = kernel.functions === 'tables' ? joined : vectorsOfCoefficients;
    return [
      matrix(w!.values, rows, w!.shape[1]!),
      matrix(u!.values.subarray(0, cut * hidden), cut, hidden),
      matrix(u!.values.subarray(cut * hidden), rows - cut, hidden),
      bytesOf(parameters),
      bytesOf(functions),
      ...[...peepholes, ...states].map(({ values }) => bytesOf(values)),
    ];
  },
  inPlace: false,
  scratchBytes: (_, { cell, hidden }) => 12 * padded(hidden) + 8 * padded(gatesOf[cell] * hidden),
  emit: (kernel, { inputs, output, constants, scratch }) => {
    const { cell, sequences, steps, depth, hidden, reverse, cellState, stateful, inverseScale, low, high } = kernel;
    const [x, ...rest] = inputs.map(({ address }) => address);
    const [peepholes, states] = kernel.peepholes ? [constants[5], constants.slice(6)] : [0, constants.slice(5)];
    const first = firstStates(kernel, rest, states);
    const addresses = [x!, output.address, ...constants.slice(0, 5), peepholes, ...first, scratch];
    return [
      {
        module: 'kernels/recurrent',
        name: 'recurrent',
        args: [
          ...[...addresses.map((address) => address ?? 0), cells.indexOf(cell), sequences, steps, depth, hidden].map(String),
          reverse ? '1' : '0',
          String(hiddenStates.indexOf(kernel.hiddenStates)),
          cellState ? '1' : '0',
          stateful ? '1' : '0',
          kernel.functions === 'tables' ? '1' : '0',
          ...[inverseScale, low, high].map(float),
        ],
      },
    ];
  },
});

/** What not every layer has, from place `at` of its constants on. */
function optionalsOf<T>(
  { functions, peepholes }: KernelOf<'recurrent'>,
  constants: readonly T[],
  at: number,
): { readonly tables: readonly T[]; readonly peepholes: readonly T[]; readonly states: readonly T[] } {
  const afterTables = at + (functions === 'tables' ? 3 : 0);
  const afterPeepholes = afterTables + (peepholes ? 1 : 0);
  return {
    tables: constants.slice(at, afterTables),
    peepholes: constants.slice(afterTables, afterPeepholes),
    states: constants.slice(afterPeepholes),
  };
}

/** The first hidden and cell states, each from the next input or constant; null for zeros. */
function firstStates<T>(kernel: KernelOf<'recurrent'>, inputs: readonly T[], constants: readonly T[]): (T | null)[] {
  const from = { zero: [], input: [...inputs], constant: [...constants] };
  return [kernel.firstHidden, kernel.firstCell].map((source) => from[source].shift() ?? null);
}

interface State {
  readonly h: Int16Array;
  readonly c: Float32Array;
}

const f = Math.fround;

function advance(kernel: KernelOf<'recurrent'>, x: Activation, { h, c }: State, constants: readonly IntConstant[]): State {
  const [w, u, scaleX, scaleH, biasX, biasH] = constants;
  const { gate: ofGate, candidate: ofCandidate, output: ofOutput } = functionsOf(kernel, constants);
  const [peepholes] = optionalsOf(kernel, constants, 6).peepholes;
  const { cell, hidden, inverseScale, low, high } = kernel;
  const fromX = (o: number): number => f(f(f(dot(w!, o, x)) * scaleX![o]!) + biasX![o]!);
  const fromH = (o: number, state = h): number => f(f(f(dot(u!, o, state)) * scaleH![o]!) + biasH![o]!);
  const both = (block: number, i: number): number => f(fromX(block * hidden + i) + fromH(block * hidden + i));
  const gate = (block: number, i: number): number => ofGate(both(block, i));
  // Gates that see the cell state; the peepholes are in the order input, forget, output.
  const peeping = (block: number, peephole: number, i: number, state: number): number =>
    kernel.peepholes ? ofGate(f(both(block, i) + f(peepholes![peephole * hidden + i]! * state))) : gate(block, i);
  const stored = (value: number): number => roundHalfEven(clamp(f(value), low, high));
  const next = new Float32Array(hidden);
  const nextC = Float32Array.from(c);
  const reset = cell === 'gruResetBefore' ? h.map((value, i) => stored(gate(1, i) * value)) : h;
  for (let i = 0; i < hidden; i++) {
    if (cell === 'simple') {
      next[i] = ofCandidate(both(0, i));
    } else if (cell === 'lstm') {
      const fresh = ofCandidate(both(2, i));
      nextC[i] = f(f(peeping(1, 1, i, c[i]!) * c[i]!) + f(peeping(0, 0, i, c[i]!) * fresh));
      next[i] = f(peeping(3, 2, i, nextC[i]!) * ofOutput(nextC[i]!));
    } else {
      const o = 2 * hidden + i;
      const update = gate(0, i);
      const recurrence = cell === 'gru' ? f(gate(1, i) * fromH(o)) : fromH(o, reset);
      const fresh = ofCandidate(f(fromX(o) + recurrence));
      const old = f(h[i]! / inverseScale);
      next[i] = f(f(f(1 - update) * fresh) + f(update * old));
    }
  }
  return { h: Int16Array.from(next, (value) => stored(value * inverseScale)), c: nextC };
}

type Apply = (value: number) => number;

function functionsOf(
  kernel: KernelOf<'recurrent'>,
  constants: readonly IntConstant[],
): { readonly gate: Apply; readonly candidate: Apply; readonly output: Apply } {
  if (kernel.functions === 'quotients') return { gate: sigmoid, candidate: tanh, output: tanh };
  const [gate, candidate, output] = optionalsOf(kernel, constants, 6).tables.map(
    (table): Apply =>
      (value) =>
        interpolate(table, value),
  );
  return { gate: gate!, candidate: candidate!, output: output! };
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
