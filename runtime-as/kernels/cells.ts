import { round_clamped } from '../requantize';
import {
  both, both_x4, candidate_of, candidate_x4, from_h, from_h_x4, from_x, from_x_x4, gate, gate_x4, output_of, output_x4,
  state_x4, store_state, store_state_x4,
} from './gates';

// One step of a recurrent cell behind its products.
// sums: of x, then of h, i32[2][rows], rows = gates * hidden padded to 8; rowBytes = 4 * rows.
// parameters: multipliers of w and of u, biases of x and of h, f32[4][rows].
// tables, if isTable: of the gates, the candidate and the output, each { f32 start, inverseStep, low, high } and 513 entries; else
// the coefficients of quotient.ts: gates are sigmoids, the others tanh.
// state: i16[hidden], in units of 1 / inverseScale; it becomes that of the next step.

/** c = forget * c + input * candidate; state = output * fn(c). c: f32[hidden]; peepholes: f32[3][hidden] or 0. */
export function lstm_cell(
  sums: usize, parameters: usize, rowBytes: usize, tables: usize, isTable: bool, peepholes: usize, c: usize, state: usize,
  hidden: i32, inverseScale: f32, low: f32, high: f32,
): void {
  const block = <usize>(hidden << 2);
  let at: usize = 0;
  if (ASC_FEATURE_SIMD) {
    for (; at + 16 <= block; at += 16) {
      const from = sums + at;
      const by = parameters + at;
      let cell = v128.load(c + at);
      let input = both_x4(from, by, rowBytes);
      let forget = both_x4(from + block, by + block, rowBytes);
      let output = both_x4(from + 3 * block, by + 3 * block, rowBytes);
      if (peepholes) {
        input = f32x4.add(input, f32x4.mul(v128.load(peepholes + at), cell));
        forget = f32x4.add(forget, f32x4.mul(v128.load(peepholes + block + at), cell));
      }
      const kept = f32x4.mul(gate_x4(forget, tables, isTable), cell);
      const candidate = candidate_x4(both_x4(from + 2 * block, by + 2 * block, rowBytes), tables, isTable);
      cell = f32x4.add(kept, f32x4.mul(gate_x4(input, tables, isTable), candidate));
      v128.store(c + at, cell);
      if (peepholes) output = f32x4.add(output, f32x4.mul(v128.load(peepholes + 2 * block + at), cell));
      v128.store(from, gate_x4(output, tables, isTable));
    }
    // In a loop of its own: with both functions in a row each pass would wait for the one before.
    for (let to: usize = 0; to < at; to += 16) {
      const next = f32x4.mul(v128.load(sums + to), output_x4(v128.load(c + to), tables, isTable));
      store_state_x4(state + (to >> 1), next, inverseScale, low, high);
    }
  }
  for (; at < block; at += 4) {
    const from = sums + at;
    const by = parameters + at;
    let cell = load<f32>(c + at);
    let input = both(from, by, rowBytes);
    let forget = both(from + block, by + block, rowBytes);
    let output = both(from + 3 * block, by + 3 * block, rowBytes);
    if (peepholes) {
      input += load<f32>(peepholes + at) * cell;
      forget += load<f32>(peepholes + block + at) * cell;
    }
    const kept = gate(forget, tables, isTable) * cell;
    const candidate = candidate_of(both(from + 2 * block, by + 2 * block, rowBytes), tables, isTable);
    cell = kept + gate(input, tables, isTable) * candidate;
    store<f32>(c + at, cell);
    if (peepholes) output += load<f32>(peepholes + 2 * block + at) * cell;
    store_state(state + (at >> 1), gate(output, tables, isTable) * output_of(cell, tables, isTable), inverseScale, low, high);
  }
}

/** The state that the candidate of a GRU sees whose reset gate acts before the product: scaled = reset * state, i16[hidden]. */
export function gru_reset(
  sums: usize, parameters: usize, rowBytes: usize, tables: usize, isTable: bool, state: usize, scaled: usize, hidden: i32,
  low: f32, high: f32,
): void {
  const block = <usize>(hidden << 2);
  let at: usize = 0;
  if (ASC_FEATURE_SIMD) {
    for (; at + 16 <= block; at += 16) {
      const reset = gate_x4(both_x4(sums + block + at, parameters + block + at, rowBytes), tables, isTable);
      store_state_x4(scaled + (at >> 1), f32x4.mul(reset, state_x4(state + (at >> 1))), 1, low, high);
    }
  }
  for (; at < block; at += 4) {
    const reset = gate(both(sums + block + at, parameters + block + at, rowBytes), tables, isTable);
    store<i16>(scaled + (at >> 1), round_clamped(reset * <f32>load<i16>(state + (at >> 1)), low, high));
  }
}

/**
 * state = (1 - update) * candidate + update * state. candidateSums: of h for the candidate, i32[hidden]; resetsAfter: the reset
 * gate scales them, else they are of the scaled state.
 */
export function gru_cell(
  sums: usize, candidateSums: usize, resetsAfter: bool, parameters: usize, rowBytes: usize, tables: usize, isTable: bool,
  state: usize, hidden: i32, inverseScale: f32, low: f32, high: f32,
): void {
  const block = <usize>(hidden << 2);
  let at: usize = 0;
  if (ASC_FEATURE_SIMD) {
    const scale = f32x4.splat(inverseScale);
    for (; at + 16 <= block; at += 16) {
      const recurrence = from_h_x4(candidateSums + at, parameters + 2 * block + at, rowBytes);
      v128.store(sums + at, gate_x4(both_x4(sums + at, parameters + at, rowBytes), tables, isTable));
      if (resetsAfter) {
        const reset = gate_x4(both_x4(sums + block + at, parameters + block + at, rowBytes), tables, isTable);
        v128.store(candidateSums + at, f32x4.mul(reset, recurrence));
      } else {
        v128.store(candidateSums + at, recurrence);
      }
    }
    // In a loop of its own: with both functions in a row each pass would wait for the one before.
    for (let to: usize = 0; to < at; to += 16) {
      const update = v128.load(sums + to);
      const own = from_x_x4(sums + 2 * block + to, parameters + 2 * block + to, rowBytes);
      const fresh = candidate_x4(f32x4.add(own, v128.load(candidateSums + to)), tables, isTable);
      const added = f32x4.mul(f32x4.sub(f32x4.splat(1), update), fresh);
      const old = f32x4.div(state_x4(state + (to >> 1)), scale);
      store_state_x4(state + (to >> 1), f32x4.add(added, f32x4.mul(update, old)), inverseScale, low, high);
    }
  }
  for (; at < block; at += 4) {
    const from = sums + at;
    const by = parameters + at;
    const update = gate(both(from, by, rowBytes), tables, isTable);
    let recurrence = from_h(candidateSums + at, by + 2 * block, rowBytes);
    if (resetsAfter) recurrence = gate(both(from + block, by + block, rowBytes), tables, isTable) * recurrence;
    const fresh: f32 = from_x(from + 2 * block, by + 2 * block, rowBytes) + recurrence;
    const one: f32 = 1;
    const added: f32 = (one - update) * candidate_of(fresh, tables, isTable);
    const old: f32 = <f32>load<i16>(state + (at >> 1)) / inverseScale;
    store_state(state + (at >> 1), added + update * old, inverseScale, low, high);
  }
}

/** state = fn(what comes from x and h). */
export function simple_cell(
  sums: usize, parameters: usize, rowBytes: usize, tables: usize, isTable: bool, state: usize, hidden: i32,
  inverseScale: f32, low: f32, high: f32,
): void {
  const block = <usize>(hidden << 2);
  let at: usize = 0;
  if (ASC_FEATURE_SIMD) {
    for (; at + 16 <= block; at += 16) {
      const next = candidate_x4(both_x4(sums + at, parameters + at, rowBytes), tables, isTable);
      store_state_x4(state + (at >> 1), next, inverseScale, low, high);
    }
  }
  for (; at < block; at += 4) {
    const next = candidate_of(both(sums + at, parameters + at, rowBytes), tables, isTable);
    store_state(state + (at >> 1), next, inverseScale, low, high);
  }
}
