import { copy_i16, zero_i16 } from './halo';

/** Copies a box of i16 values [n0 x n1 x n2 x n3]. Strides of x and out are in bytes. */
export function move_i16(
  x: usize,
  out: usize,
  n0: i32,
  n1: i32,
  n2: i32,
  n3: i32,
  x0: i32,
  x1: i32,
  x2: i32,
  x3: i32,
  o0: i32,
  o1: i32,
  o2: i32,
  o3: i32,
): void {
  const run = x3 === 2 && o3 === 2;
  for (let a = 0; a < n0; a++) {
    for (let b = 0; b < n1; b++) {
      for (let c = 0; c < n2; c++) {
        let from = x + a * x0 + b * x1 + c * x2;
        let to = out + a * o0 + b * o1 + c * o2;
        if (run) {
          copy_i16(from, to, to + (n3 << 1));
        } else {
          for (let d = 0; d < n3; d++) {
            store<i16>(to, load<i16>(from));
            from += x3;
            to += o3;
          }
        }
      }
    }
  }
}

/** As move_i16, of f32 values. */
export function move_f32(
  x: usize,
  out: usize,
  n0: i32,
  n1: i32,
  n2: i32,
  n3: i32,
  x0: i32,
  x1: i32,
  x2: i32,
  x3: i32,
  o0: i32,
  o1: i32,
  o2: i32,
  o3: i32,
): void {
  for (let a = 0; a < n0; a++) {
    for (let b = 0; b < n1; b++) {
      for (let c = 0; c < n2; c++) {
        let from = x + a * x0 + b * x1 + c * x2;
        let to = out + a * o0 + b * o1 + c * o2;
        for (let d = 0; d < n3; d++) {
          store<f32>(to, load<f32>(from));
          from += x3;
          to += o3;
        }
      }
    }
  }
}

/** Fills `bytes` (even) with zeros. */
export function clear(out: usize, bytes: i32): void {
  zero_i16(out, out + bytes);
}

/** out[o][i] = x[o][table[i]], runs of `runBytes` (even); x: [outer][extent] runs, table: i32[count]. */
export function gather_runs(x: usize, out: usize, table: usize, outer: i32, extent: i32, count: i32, runBytes: i32): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < count; i++) {
      copy_i16(x + load<i32>(table + (i << 2)) * runBytes, out, out + runBytes);
      out += runBytes;
    }
    x += extent * runBytes;
  }
}
