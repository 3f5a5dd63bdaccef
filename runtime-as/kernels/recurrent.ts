import { gru_cell, gru_reset, lstm_cell, simple_cell } from './cells';
import { copy_i16 } from './halo';
import { matmul_i16_i32 } from './matmul';

/**
 * Recurrent layers over x: i16[sequences][steps][depth]. The hidden state is i16 in units of 1 / inverseScale, the cell state
 * f32, so that nothing is lost from step to step; gates are quotients of polynomials, or straight lines
 * between the entries of a table.
 *
 * Packed: w, u (GRU: its gates and, behind them at uCandidate, its candidate) as matmul reads them, bias 0; parameters, tables
 * and peepholes as cells.ts has them. firstHidden: i16[sequences][hidden], firstCell: f32[sequences][hidden], 0 for zeros.
 * Scratch: state i16[hidden], scaled state i16[hidden], cell f32[hidden], sums of x and of h i32[rows], of the candidate
 * i32[hidden], each padded to 8.
 *
 * cell: 0 LSTM, 1 GRU whose reset gate acts behind the product, 2 GRU whose reset gate acts before it, 3 simple.
 * hiddenStates: which are written to out, sequence by sequence: 0 none, 1 the last, 2 all. cellState: 1 the last cell states come
 * behind those of all sequences, and all are f32; 0 all are i16.
 * isTable: whether gates are lines between the entries of tables, else quotients; see cells.ts.
 * stateful: 1 goes on from the states that the call before left in scratch, which nobody else may write; 0 begins with zeros.
 */
export function recurrent(
  x: usize, out: usize, w: usize, u: usize, uCandidate: usize, parameters: usize, tables: usize, peepholes: usize,
  firstHidden: usize, firstCell: usize, scratch: usize,
  cell: i32, sequences: i32, steps: i32, depth: i32, hidden: i32,
  reverse: i32, hiddenStates: i32, cellState: i32, stateful: i32, isTable: bool,
  inverseScale: f32, low: f32, high: f32,
): void {
  const gates = cell === 0 ? 4 : cell === 3 ? 1 : 3;
  const block = hidden << 2;
  const paddedHidden = (hidden + 7) & ~7;
  const paddedDepth = (depth + 7) & ~7;
  const rows = (gates * hidden + 7) & ~7;
  const rowBytes = rows << 2;
  const scaled = scratch + (paddedHidden << 1);
  const c = scaled + (paddedHidden << 1);
  const sums = c + (paddedHidden << 2);
  const candidateSums = sums + 2 * rowBytes;
  const written = hiddenStates === 2 ? steps : hiddenStates;
  let cells = out + sequences * written * block;
  for (const end = x + ((sequences * steps * depth) << 1); x < end; x += (steps * depth) << 1) {
    if (!stateful) for (let p = scratch; p < sums; p += 4) store<i32>(p, 0);
    if (firstHidden) {
      copy_i16(firstHidden, scratch, scratch + (hidden << 1));
      firstHidden += hidden << 1;
    }
    if (firstCell) {
      copy_i16(firstCell, c, c + block);
      firstCell += block;
    }
    for (let i: i32 = 0; i < steps; i++) {
      const step = reverse ? steps - 1 - i : i;
      matmul_i16_i32(x + ((step * depth) << 1), w, sums, paddedDepth, rows);
      matmul_i16_i32(scratch, u, sums + rowBytes, paddedHidden, cell === 2 ? (2 * hidden + 7) & ~7 : rows);
      if (cell === 0) {
        lstm_cell(sums, parameters, rowBytes, tables, isTable, peepholes, c, scratch, hidden, inverseScale, low, high);
      } else if (cell === 3) {
        simple_cell(sums, parameters, rowBytes, tables, isTable, scratch, hidden, inverseScale, low, high);
      } else {
        let recurrence = sums + rowBytes + 2 * block;
        if (cell === 2) {
          gru_reset(sums, parameters, rowBytes, tables, isTable, scratch, scaled, hidden, low, high);
          matmul_i16_i32(scaled, uCandidate, candidateSums, paddedHidden, paddedHidden);
          recurrence = candidateSums;
        }
        gru_cell(
          sums, recurrence, cell === 1, parameters, rowBytes, tables, isTable, scratch, hidden, inverseScale, low, high,
        );
      }
      if (hiddenStates === 2) write_state(scratch, out, step, hidden, cellState, inverseScale);
    }
    if (hiddenStates === 1) write_state(scratch, out, 0, hidden, cellState, inverseScale);
    out += (written * hidden) << (cellState ? 2 : 1);
    if (cellState) {
      copy_i16(c, cells, cells + block);
      cells += block;
    }
  }
}

/** out[place] = state, as it is or as f32. */
function write_state(state: usize, out: usize, place: i32, hidden: i32, real: i32, inverseScale: f32): void {
  const end = state + (hidden << 1);
  if (!real) {
    out += (place * hidden) << 1;
    copy_i16(state, out, out + (hidden << 1));
    return;
  }
  for (out += (place * hidden) << 2; state < end; state += 2) {
    store<f32>(out, <f32>load<i16>(state) / inverseScale);
    out += 4;
  }
}
