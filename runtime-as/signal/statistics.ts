// What the statistics of a window are made of. A window is a row of blocks, one behind the other; what a block gives (its partials) is
// computed once, however many windows it is a part of, and a window combines the partials of its blocks from the first to the last.
// Partials, f32[12]: sum, sum |x|, sum x^2, min, max, zero crossings, first < 0, last < 0, mean, M2, M3, M4 (Mp: sum of (x - mean)^p).

const partialBytes = 48;

/**
 * The partials of the last `fresh` blocks of a window, per channel; those of the blocks before have moved up from the window before.
 * window: f32[blocks * n x channels]. partials: f32[blocks x channels x 12]. scratch: f32[n, rounded up to 4].
 */
export function statistics_blocks(
  window: usize,
  partials: usize,
  scratch: usize,
  channels: i32,
  n: i32,
  blocks: i32,
  fresh: i32,
): void {
  const row = channels * partialBytes;
  const kept = blocks - fresh;
  memory.copy(partials, partials + fresh * row, kept * row);
  for (let block = kept; block < blocks; block++) {
    for (let channel = 0; channel < channels; channel++) {
      const from = window + ((block * n * channels + channel) << 2);
      block_partials(from, channels << 2, n, scratch, partials + block * row + channel * partialBytes);
    }
  }
}

/** One block of one channel. x: f32, one value every `step` bytes. */
function block_partials(x: usize, step: i32, n: i32, scratch: usize, to: usize): void {
  const first = load<f32>(x);
  let least = first;
  let greatest = first;
  let crossings = 0;
  let negative = first < 0;
  let at = scratch;
  for (let i = 0; i < n; i++) {
    const value = load<f32>(x);
    store<f32>(at, value);
    least = min<f32>(least, value);
    greatest = max<f32>(greatest, value);
    const below = value < 0;
    crossings += i32(below !== negative);
    negative = below;
    x += step;
    at += 4;
  }
  const end = scratch + (((n + 3) & ~3) << 2);
  for (let pad = at; pad < end; pad += 4) store<f32>(pad, 0);
  const sum = sum_of(scratch, end, 0);
  const mean = sum / <f32>n;
  store<f32>(to, sum);
  store<f32>(to, sum_of(scratch, end, 1), 4);
  store<f32>(to, sum_of(scratch, end, 2), 8);
  store<f32>(to, least, 12);
  store<f32>(to, greatest, 16);
  store<f32>(to, <f32>crossings, 20);
  store<f32>(to, first < 0 ? 1 : 0, 24);
  store<f32>(to, negative ? 1 : 0, 28);
  store<f32>(to, mean, 32);
  // A value that is the mean adds nothing to the central moments.
  for (let pad = at; pad < end; pad += 4) store<f32>(pad, mean);
  central_moments(scratch, end, mean, to);
}

/** Sum of x (0), |x| (1) or x^2 (2) in the order of sum.ts: four lanes by index modulo 4, then (l0 + l1) + (l2 + l3). */
// @ts-ignore: decorator
@inline
function sum_of(x: usize, end: usize, what: i32): f32 {
  if (ASC_FEATURE_SIMD) {
    let lanes = f32x4.splat(0);
    for (; x < end; x += 16) {
      const v = v128.load(x);
      lanes = f32x4.add(lanes, what === 0 ? v : what === 1 ? f32x4.abs(v) : f32x4.mul(v, v));
    }
    return total(lanes);
  }
  let l0: f32 = 0;
  let l1: f32 = 0;
  let l2: f32 = 0;
  let l3: f32 = 0;
  for (; x < end; x += 16) {
    l0 += term(load<f32>(x), what);
    l1 += term(load<f32>(x, 4), what);
    l2 += term(load<f32>(x, 8), what);
    l3 += term(load<f32>(x, 12), what);
  }
  return l0 + l1 + (l2 + l3);
}

// @ts-ignore: decorator
@inline
function term(value: f32, what: i32): f32 {
  return what === 0 ? value : what === 1 ? abs<f32>(value) : value * value;
}

// @ts-ignore: decorator
@inline
function total(lanes: v128): f32 {
  return f32x4.extract_lane(lanes, 0) + f32x4.extract_lane(lanes, 1) + (f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3));
}

/** M2, M3, M4: d = x - mean; s = d * d; sums of s, s * d, s * s. */
function central_moments(x: usize, end: usize, mean: f32, to: usize): void {
  if (ASC_FEATURE_SIMD) {
    const m = f32x4.splat(mean);
    let second = f32x4.splat(0);
    let third = f32x4.splat(0);
    let fourth = f32x4.splat(0);
    for (; x < end; x += 16) {
      const d = f32x4.sub(v128.load(x), m);
      const s = f32x4.mul(d, d);
      second = f32x4.add(second, s);
      third = f32x4.add(third, f32x4.mul(s, d));
      fourth = f32x4.add(fourth, f32x4.mul(s, s));
    }
    store<f32>(to, total(second), 36);
    store<f32>(to, total(third), 40);
    store<f32>(to, total(fourth), 44);
    return;
  }
  // The sums of the four lanes lie behind one another where the results go, one power after the other.
  for (let power = 2; power <= 4; power++) {
    let l0: f32 = 0;
    let l1: f32 = 0;
    let l2: f32 = 0;
    let l3: f32 = 0;
    for (let at = x; at < end; at += 16) {
      l0 += powered(load<f32>(at) - mean, power);
      l1 += powered(load<f32>(at, 4) - mean, power);
      l2 += powered(load<f32>(at, 8) - mean, power);
      l3 += powered(load<f32>(at, 12) - mean, power);
    }
    store<f32>(to + (power << 2), l0 + l1 + (l2 + l3), 28);
  }
}

// @ts-ignore: decorator
@inline
function powered(d: f32, power: i32): f32 {
  const s = d * d;
  return power === 2 ? s : power === 3 ? s * d : s * s;
}

/**
 * Combines the partials of a window's blocks, per channel: merged: f32[channels x 12]. Central moments by Pebay, "Formulas for robust,
 * one-pass parallel computation of covariances and arbitrary-order statistical moments" (Sandia 2008), equations 2.1, 3.1 and appendix.
 */
export function statistics_merge(partials: usize, merged: usize, channels: i32, n: i32, blocks: i32): void {
  const row = channels * partialBytes;
  memory.copy(merged, partials, row);
  for (let block = 1; block < blocks; block++) {
    for (let channel = 0; channel < channels; channel++) {
      merge(merged + channel * partialBytes, partials + block * row + channel * partialBytes, <f32>(block * n), <f32>n);
    }
  }
}

/** a: what `na` values gave, becomes what those and the `nb` of b give. */
function merge(a: usize, b: usize, na: f32, nb: f32): void {
  for (let at = 0; at < 12; at += 4) store<f32>(a + at, load<f32>(a + at) + load<f32>(b + at));
  store<f32>(a, min<f32>(load<f32>(a, 12), load<f32>(b, 12)), 12);
  store<f32>(a, max<f32>(load<f32>(a, 16), load<f32>(b, 16)), 16);
  const between: f32 = load<f32>(a, 28) !== load<f32>(b, 24) ? 1 : 0;
  store<f32>(a, load<f32>(a, 20) + load<f32>(b, 20) + between, 20);
  store<f32>(a, load<f32>(b, 28), 28);
  const n = na + nb;
  const pa = na / n;
  const pb = nb / n;
  const d = load<f32>(b, 32) - load<f32>(a, 32);
  const a2 = load<f32>(a, 36);
  const a3 = load<f32>(a, 40);
  const b2 = load<f32>(b, 36);
  const b3 = load<f32>(b, 40);
  const dd = d * d;
  const three: f32 = 3;
  const four: f32 = 4;
  const six: f32 = 6;
  // na * nb / n * d^2
  const w = na * pb * dd;
  store<f32>(a, load<f32>(a, 32) + d * pb, 32);
  store<f32>(a, a2 + b2 + w, 36);
  store<f32>(a, a3 + b3 + w * d * (pa - pb) + three * d * (pa * b2 - pb * a2), 40);
  const outer = w * dd * (pa * pa - pa * pb + pb * pb);
  const inner = six * dd * (pa * pa * b2 + pb * pb * a2);
  store<f32>(a, load<f32>(a, 44) + load<f32>(b, 44) + outer + inner + four * d * (pa * b3 - pb * a3), 44);
}
