import { round_clamped, round_clamped_x4 } from '../requantize';
import { interpolate_one, interpolate_x4 } from './interpolate';
import { sigmoid_one, sigmoid_x4, tanh_one, tanh_x4 } from './quotient';

// What the cells of recurrent layers are made of, value by value and four at once. `sum`, `sums` and `parameters` point at the
// value's own place in the arrays of cells.ts.

const TABLE_BYTES: usize = 16 + 4 * 513;
const LAST_SEGMENT: f32 = 511;

/** f32(sum of x) * multiplier of w + bias of x. */
// @ts-ignore: decorator
@inline
export function from_x(sum: usize, parameters: usize, rowBytes: usize): f32 {
  const product: f32 = <f32>load<i32>(sum) * load<f32>(parameters);
  return product + load<f32>(parameters + 2 * rowBytes);
}

// @ts-ignore: decorator
@inline
export function from_x_x4(sums: usize, parameters: usize, rowBytes: usize): v128 {
  const product = f32x4.mul(f32x4.convert_i32x4_s(v128.load(sums)), v128.load(parameters));
  return f32x4.add(product, v128.load(parameters + 2 * rowBytes));
}

/** f32(sum of h) * multiplier of u + bias of h. */
// @ts-ignore: decorator
@inline
export function from_h(sum: usize, parameters: usize, rowBytes: usize): f32 {
  return from_x(sum, parameters + rowBytes, rowBytes);
}

// @ts-ignore: decorator
@inline
export function from_h_x4(sums: usize, parameters: usize, rowBytes: usize): v128 {
  return from_x_x4(sums, parameters + rowBytes, rowBytes);
}

/** What a gate's function is applied to. */
// @ts-ignore: decorator
@inline
export function both(sum: usize, parameters: usize, rowBytes: usize): f32 {
  return from_x(sum, parameters, rowBytes) + from_h(sum + rowBytes, parameters, rowBytes);
}

// @ts-ignore: decorator
@inline
export function both_x4(sums: usize, parameters: usize, rowBytes: usize): v128 {
  return f32x4.add(from_x_x4(sums, parameters, rowBytes), from_h_x4(sums + rowBytes, parameters, rowBytes));
}

/** The function of the gates: straight lines between the entries of a table, or a sigmoid. */
// @ts-ignore: decorator
@inline
export function gate(x: f32, tables: usize, isTable: bool): f32 {
  return isTable ? lines(x, tables) : sigmoid_one(x, tables);
}

// @ts-ignore: decorator
@inline
export function gate_x4(x: v128, tables: usize, isTable: bool): v128 {
  return isTable ? lines_x4(x, tables) : sigmoid_x4(x, tables);
}

/** The function of the candidate. */
// @ts-ignore: decorator
@inline
export function candidate_of(x: f32, tables: usize, isTable: bool): f32 {
  return isTable ? lines(x, tables + TABLE_BYTES) : tanh_one(x, tables);
}

// @ts-ignore: decorator
@inline
export function candidate_x4(x: v128, tables: usize, isTable: bool): v128 {
  return isTable ? lines_x4(x, tables + TABLE_BYTES) : tanh_x4(x, tables);
}

/** Of the LSTM's cell state on its way out. */
// @ts-ignore: decorator
@inline
export function output_of(x: f32, tables: usize, isTable: bool): f32 {
  return isTable ? lines(x, tables + 2 * TABLE_BYTES) : tanh_one(x, tables);
}

// @ts-ignore: decorator
@inline
export function output_x4(x: v128, tables: usize, isTable: bool): v128 {
  return isTable ? lines_x4(x, tables + 2 * TABLE_BYTES) : tanh_x4(x, tables);
}

// @ts-ignore: decorator
@inline
function lines(x: f32, table: usize): f32 {
  return interpolate_one(
    x, table + 16, LAST_SEGMENT, load<f32>(table), load<f32>(table, 4), load<f32>(table, 8), load<f32>(table, 12),
  );
}

// @ts-ignore: decorator
@inline
function lines_x4(x: v128, table: usize): v128 {
  return interpolate_x4(
    x, table + 16, f32x4.splat(LAST_SEGMENT),
    v128.load32_splat(table), v128.load32_splat(table, 4), v128.load32_splat(table, 8), v128.load32_splat(table, 12),
  );
}

// @ts-ignore: decorator
@inline
export function state_x4(state: usize): v128 {
  return f32x4.convert_i32x4_s(v128.load16x4_s(state));
}

// @ts-ignore: decorator
@inline
export function store_state(state: usize, value: f32, inverseScale: f32, low: f32, high: f32): void {
  store<i16>(state, round_clamped(value * inverseScale, low, high));
}

// @ts-ignore: decorator
@inline
export function store_state_x4(state: usize, value: v128, inverseScale: f32, low: f32, high: f32): void {
  const rounded = round_clamped_x4(f32x4.mul(value, f32x4.splat(inverseScale)), f32x4.splat(low), f32x4.splat(high));
  v128.store64_lane(state, i16x8.narrow_i32x4_s(rounded, rounded), 0);
}
