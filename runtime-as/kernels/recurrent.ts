import { round_clamped } from '../requantize';
import { copy_i16 } from './halo';
import { interpolate_f32 } from './interpolate';
import { matmul_i16_i32 } from './matmul';

/**
 * Recurrent layers over x: i16[steps][depth]. The hidden state is i16 in units of `1 / inverseScale`, the cell state f32, so
 * that nothing is lost from step to step; gates are straight lines between the entries of a table.
 *
 * Packed: w, u (GRU: its gates and, behind them at uCandidate, its candidate) as matmul reads them, bias 0;
 * parameters: f32[4][rows] = multipliers of w and of u, bias of x, bias of h; rows = gates * hidden padded to 8.
 * Tables: gate, candidate, output, each { f32 start, inverseStep, low, high } and 513 entries.
 * Scratch: state i16[hidden], next state i16[hidden], cell f32[hidden], sums of x and of h i32[rows], of the candidate
 * i32[hidden], each padded to 8.
 */
const TABLE_BYTES: i32 = 16 + 4 * 513;
const SEGMENTS: f32 = 512;

/** x[i] = f(x[i]), f as straight lines between the entries of a table. x: f32[n]. */
// @ts-ignore: decorator
@inline
function apply_table(x: usize, n: i32, table: usize): void {
  const start = load<f32>(table);
  const inverseStep = load<f32>(table, 4);
  interpolate_f32(x, x, n, table + 16, SEGMENTS, start, inverseStep, load<f32>(table, 8), load<f32>(table, 12));
}

/** sums[o] = f32(sums[o]) * multiplier[o] + bias[o], f32 over i32. n is a multiple of 4. */
function scale_sums(sums: usize, multiplier: usize, bias: usize, n: i32): void {
  for (const end = sums + (n << 2); sums < end; ) {
    if (ASC_FEATURE_SIMD) {
      const product = f32x4.mul(f32x4.convert_i32x4_s(v128.load(sums)), v128.load(multiplier));
      v128.store(sums, f32x4.add(product, v128.load(bias)));
      sums += 16;
      multiplier += 16;
      bias += 16;
    } else {
      const product: f32 = <f32>load<i32>(sums) * load<f32>(multiplier);
      store<f32>(sums, product + load<f32>(bias));
      sums += 4;
      multiplier += 4;
      bias += 4;
    }
  }
}

/** x[i] += y[i]; f32[n]. */
function add_to(x: usize, y: usize, n: i32): void {
  const end = x + (n << 2);
  if (ASC_FEATURE_SIMD) {
    for (; x + 16 <= end; x += 16) {
      v128.store(x, f32x4.add(v128.load(x), v128.load(y)));
      y += 16;
    }
  }
  for (; x < end; x += 4) {
    store<f32>(x, load<f32>(x) + load<f32>(y));
    y += 4;
  }
}

/** x[i] *= y[i]; f32[n]. */
function multiply_by(x: usize, y: usize, n: i32): void {
  const end = x + (n << 2);
  if (ASC_FEATURE_SIMD) {
    for (; x + 16 <= end; x += 16) {
      v128.store(x, f32x4.mul(v128.load(x), v128.load(y)));
      y += 16;
    }
  }
  for (; x < end; x += 4) {
    store<f32>(x, load<f32>(x) * load<f32>(y));
    y += 4;
  }
}

/**
 * cell: 0 LSTM, 1 GRU whose reset gate acts behind the product, 2 GRU whose reset gate acts before it, 3 simple.
 * gives: what is written to out: 0 the last hidden state i16[hidden], 1 that of each step i16[steps][hidden], 2 the last cell state
 * f32[hidden]. firstHidden: i16[hidden], firstCell: f32[hidden]; 0 where the state begins as zeros.
 * stateful: 1 goes on from the states that the call before left in scratch, which nobody else may write; 0 begins with zeros.
 */
export function recurrent(
  x: usize,
  out: usize,
  w: usize,
  u: usize,
  uCandidate: usize,
  parameters: usize,
  tables: usize,
  firstHidden: usize,
  firstCell: usize,
  scratch: usize,
  cell: i32,
  steps: i32,
  depth: i32,
  hidden: i32,
  reverse: i32,
  gives: i32,
  stateful: i32,
  inverseScale: f32,
  low: f32,
  high: f32,
): void {
  const gates = cell === 0 ? 4 : cell === 3 ? 1 : 3;
  const block = hidden << 2;
  const paddedHidden = (hidden + 7) & ~7;
  const paddedDepth = (depth + 7) & ~7;
  const rows = (gates * hidden + 7) & ~7;
  const rowBytes = rows << 2;
  const next = scratch + (paddedHidden << 1);
  const c = next + (paddedHidden << 1);
  const fromX = c + (paddedHidden << 2);
  const fromH = fromX + rowBytes;
  const candidateSums = fromH + rowBytes;
  const candidateTable = tables + TABLE_BYTES;
  const outputTable = candidateTable + TABLE_BYTES;
  if (!stateful) for (let p = scratch; p < fromX; p += 4) store<i32>(p, 0);
  if (firstHidden) copy_i16(firstHidden, scratch, scratch + (hidden << 1));
  if (firstCell) copy_i16(firstCell, c, c + block);
  for (let i: i32 = 0; i < steps; i++) {
    const step = reverse ? steps - 1 - i : i;
    matmul_i16_i32(x + ((step * depth) << 1), w, fromX, paddedDepth, rows);
    scale_sums(fromX, parameters, parameters + 2 * rowBytes, rows);
    const products = cell === 2 ? (2 * hidden + 7) & ~7 : rows;
    matmul_i16_i32(scratch, u, fromH, paddedHidden, products);
    scale_sums(fromH, parameters + rowBytes, parameters + 3 * rowBytes, products);
    let state = fromX;
    if (cell === 3) {
      add_to(fromX, fromH, hidden);
      apply_table(fromX, hidden, candidateTable);
    } else if (cell === 0) {
      add_to(fromX, fromH, 4 * hidden);
      apply_table(fromX, 2 * hidden, tables);
      apply_table(fromX + 2 * block, hidden, candidateTable);
      apply_table(fromX + 3 * block, hidden, tables);
      // c = forget * c + input * candidate
      multiply_by(c, fromX + block, hidden);
      multiply_by(fromX, fromX + 2 * block, hidden);
      add_to(c, fromX, hidden);
      copy_i16(c, fromX, fromX + block);
      apply_table(fromX, hidden, outputTable);
      multiply_by(fromX, fromX + 3 * block, hidden);
    } else {
      // Update and reset gates, then the candidate: its recurrence is scaled by the reset gate, or made of the scaled state.
      add_to(fromX, fromH, 2 * hidden);
      apply_table(fromX, 2 * hidden, tables);
      let recurrence = fromH + 2 * block;
      if (cell === 1) {
        multiply_by(recurrence, fromX + block, hidden);
      } else {
        for (let h = 0; h < hidden; h++) {
          const scaled: f32 = load<f32>(fromX + block + (h << 2)) * <f32>load<i16>(scratch + (h << 1));
          store<i16>(next + (h << 1), round_clamped(scaled, low, high));
        }
        matmul_i16_i32(next, uCandidate, candidateSums, paddedHidden, paddedHidden);
        scale_sums(candidateSums, parameters + rowBytes + 2 * block, parameters + 3 * rowBytes + 2 * block, paddedHidden);
        recurrence = candidateSums;
      }
      const candidate = fromX + 2 * block;
      add_to(candidate, recurrence, hidden);
      apply_table(candidate, hidden, candidateTable);
      for (let h = 0; h < hidden; h++) {
        const update = load<f32>(fromX + (h << 2));
        const old: f32 = <f32>load<i16>(scratch + (h << 1)) / inverseScale;
        const one: f32 = 1;
        const added: f32 = (one - update) * load<f32>(candidate + (h << 2));
        const kept: f32 = update * old;
        store<f32>(candidate + (h << 2), added + kept);
      }
      state = candidate;
    }
    for (let h = 0; h < hidden; h++) {
      store<i16>(scratch + (h << 1), round_clamped(load<f32>(state + (h << 2)) * inverseScale, low, high));
    }
    if (gives === 1) {
      const place = out + ((step * hidden) << 1);
      copy_i16(scratch, place, place + (hidden << 1));
    }
  }
  if (gives === 0) copy_i16(scratch, out, out + (hidden << 1));
  if (gives === 2) copy_i16(c, out, out + block);
}
