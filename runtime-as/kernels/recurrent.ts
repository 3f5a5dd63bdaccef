import { clamp, round_clamped } from '../requantize';
import { copy_i16 } from './halo';
import { matmul_i16_i32 } from './matmul';

/**
 * Recurrent layers over x: i16[steps][depth]. The hidden state is i16 in units of `1 / inverseScale`, the cell state f32, so
 * that nothing is lost from step to step; gates are straight lines between the entries of a table.
 *
 * Packed: w, u (GRU: its gates and, behind them at uCandidate, its candidate) as matmul reads them, bias 0;
 * parameters: f32[4][rows] = multipliers of w and of u, bias of x, bias of h; rows = gates * hidden padded to 8. Tables: gate, candidate, output, each { f32 start, inverseStep, low, high } and 513 entries.
 * Scratch: state i16[hidden], next state i16[hidden], cell f32[hidden], sums of x and of h i32[rows], of the candidate
 * i32[hidden], each padded to 8.
 */
const TABLE_BYTES: i32 = 16 + 4 * 513;
const LAST_SEGMENT: f32 = 511;

/** A function as straight lines, as kernels/interpolate.ts. */
function line(x: f32, table: usize): f32 {
  const t: f32 = (x - load<f32>(table)) * load<f32>(table, 4);
  const index = <i32>clamp(t, 0, LAST_SEGMENT);
  const entry = table + (index << 2);
  const left = load<f32>(entry, 16);
  const rest: f32 = t - <f32>index;
  const rise: f32 = load<f32>(entry, 20) - left;
  const part: f32 = rest * rise;
  return clamp(left + part, load<f32>(table, 8), load<f32>(table, 12));
}

/** (f32(accX) * mX + biasX) of row o. */
// @ts-ignore: decorator
@inline
function from_x(sums: usize, parameters: usize, rowBytes: i32, o: i32): f32 {
  const p = parameters + (o << 2);
  const product: f32 = <f32>load<i32>(sums + (o << 2)) * load<f32>(p);
  return product + load<f32>(p + 2 * rowBytes);
}

/** (f32(accH) * mH + biasH) of row o. */
// @ts-ignore: decorator
@inline
function from_h(sums: usize, parameters: usize, rowBytes: i32, o: i32): f32 {
  const p = parameters + (o << 2);
  const product: f32 = <f32>load<i32>(sums + (o << 2)) * load<f32>(p + rowBytes);
  return product + load<f32>(p + 3 * rowBytes);
}

/**
 * cell: 0 LSTM, 1 GRU whose reset gate acts behind the product, 2 GRU whose reset gate acts before it, 3 simple.
 * all: 1 writes the state of each step to out: i16[steps][hidden], 0 the last one.
 */
export function recurrent(
  x: usize,
  out: usize,
  w: usize,
  u: usize,
  uCandidate: usize,
  parameters: usize,
  tables: usize,
  scratch: usize,
  cell: i32,
  steps: i32,
  depth: i32,
  hidden: i32,
  reverse: i32,
  all: i32,
  inverseScale: f32,
  low: f32,
  high: f32,
): void {
  const gates = cell === 0 ? 4 : cell === 3 ? 1 : 3;
  const paddedHidden = (hidden + 7) & ~7;
  const paddedDepth = (depth + 7) & ~7;
  const rows = (gates * hidden + 7) & ~7;
  const rowBytes = rows << 2;
  const reset = scratch + (paddedHidden << 1);
  const c = reset + (paddedHidden << 1);
  const sumsX = c + (paddedHidden << 2);
  const sumsH = sumsX + rowBytes;
  const gateTable = tables;
  const candidateTable = tables + TABLE_BYTES;
  const outputTable = candidateTable + TABLE_BYTES;
  for (let p = scratch; p < sumsX; p += 4) store<i32>(p, 0);
  for (let i: i32 = 0; i < steps; i++) {
    const step = reverse ? steps - 1 - i : i;
    matmul_i16_i32(x + ((step * depth) << 1), w, sumsX, paddedDepth, rows);
    matmul_i16_i32(scratch, u, sumsH, paddedHidden, cell === 2 ? (2 * hidden + 7) & ~7 : rows);
    if (cell === 2) {
      for (let h = 0; h < hidden; h++) {
        const o = hidden + h;
        const r = line(from_x(sumsX, parameters, rowBytes, o) + from_h(sumsH, parameters, rowBytes, o), gateTable);
        const scaled: f32 = r * <f32>load<i16>(scratch + (h << 1));
        store<i16>(reset + (h << 1), round_clamped(scaled, low, high));
      }
      matmul_i16_i32(reset, uCandidate, sumsX + 2 * rowBytes, paddedHidden, paddedHidden);
    }
    for (let h = 0; h < hidden; h++) {
      const place = scratch + (h << 1);
      let value: f32;
      if (cell === 3) {
        value = line(from_x(sumsX, parameters, rowBytes, h) + from_h(sumsH, parameters, rowBytes, h), candidateTable);
      } else if (cell === 0) {
        const f = h + hidden;
        const g = f + hidden;
        const o = g + hidden;
        const input = line(from_x(sumsX, parameters, rowBytes, h) + from_h(sumsH, parameters, rowBytes, h), gateTable);
        const forget = line(from_x(sumsX, parameters, rowBytes, f) + from_h(sumsH, parameters, rowBytes, f), gateTable);
        const fresh = line(from_x(sumsX, parameters, rowBytes, g) + from_h(sumsH, parameters, rowBytes, g), candidateTable);
        const open = line(from_x(sumsX, parameters, rowBytes, o) + from_h(sumsH, parameters, rowBytes, o), gateTable);
        const kept: f32 = forget * load<f32>(c + (h << 2));
        const added: f32 = input * fresh;
        const state: f32 = kept + added;
        store<f32>(c + (h << 2), state);
        value = open * line(state, outputTable);
      } else {
        const o = 2 * hidden + h;
        const update = line(from_x(sumsX, parameters, rowBytes, h) + from_h(sumsH, parameters, rowBytes, h), gateTable);
        let recurrence: f32;
        if (cell === 1) {
          const r = line(
            from_x(sumsX, parameters, rowBytes, hidden + h) + from_h(sumsH, parameters, rowBytes, hidden + h),
            gateTable,
          );
          recurrence = r * from_h(sumsH, parameters, rowBytes, o);
        } else {
          const p = parameters + (o << 2);
          const product: f32 = <f32>load<i32>(sumsX + 2 * rowBytes + (h << 2)) * load<f32>(p + rowBytes);
          recurrence = product + load<f32>(p + 3 * rowBytes);
        }
        const fresh = line(from_x(sumsX, parameters, rowBytes, o) + recurrence, candidateTable);
        const old: f32 = <f32>load<i16>(place) / inverseScale;
        const one: f32 = 1;
        const added: f32 = (one - update) * fresh;
        const kept: f32 = update * old;
        value = added + kept;
      }
      // The new state must not be seen by the other units of this step: it waits in place of their reset state.
      store<i16>(reset + (h << 1), round_clamped(value * inverseScale, low, high));
    }
    copy_i16(reset, scratch, scratch + (hidden << 1));
    const place = all ? out + ((step * hidden) << 1) : out;
    copy_i16(reset, place, place + (hidden << 1));
  }
}
