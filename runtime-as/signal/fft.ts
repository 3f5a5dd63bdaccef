/**
 * The spectrum of n real values, n a power of 2 from 8 on, in place: a complex transform of n / 2 pairs (even values real, odd ones
 * imaginary), then the two halves taken apart. Decimation in time, radix 2; all steps in f32 in this order on every target.
 *
 * re, im: f32[n / 2 + 4]: x[2i], x[2i + 1] at i as loaded by `load_pairs`; become the real and imaginary parts of bins 0 to n / 2.
 * twiddles: for each stage of h = 1, 2, 4 .. n / 4 butterflies: cos, then sin of -pi j / h, j < h; behind them the same of
 * -2 pi j / n for j <= n / 4: f32[n - 2 + n / 2 + 2] (compiler/signal/fft.ts).
 */
export function fft_real(re: usize, im: usize, twiddles: usize, n: i32): void {
  const half = n >> 1;
  for (let h = 1; h < half; h <<= 1) {
    for (let group = 0; group < half; group += h << 1) butterflies(re + (group << 2), im + (group << 2), twiddles, h);
    twiddles += h << 3;
  }
  take_apart(re, im, twiddles, half);
}

/** h butterflies: a + w b, a - w b, with b h values behind a. */
// @ts-ignore: decorator
@inline
function butterflies(re: usize, im: usize, w: usize, h: i32): void {
  const far = h << 2;
  if (ASC_FEATURE_SIMD) {
    if (h >= 4) {
      for (const end = re + far; re < end; re += 16) {
        const wr = v128.load(w);
        const wi = v128.load(w + far);
        const br = v128.load(re + far);
        const bi = v128.load(im + far);
        const tr = f32x4.sub(f32x4.mul(wr, br), f32x4.mul(wi, bi));
        const ti = f32x4.add(f32x4.mul(wr, bi), f32x4.mul(wi, br));
        const ar = v128.load(re);
        const ai = v128.load(im);
        v128.store(re, f32x4.add(ar, tr));
        v128.store(im, f32x4.add(ai, ti));
        v128.store(re + far, f32x4.sub(ar, tr));
        v128.store(im + far, f32x4.sub(ai, ti));
        im += 16;
        w += 16;
      }
      return;
    }
  }
  for (const end = re + far; re < end; re += 4) {
    const wr = load<f32>(w);
    const wi = load<f32>(w + far);
    const br = load<f32>(re + far);
    const bi = load<f32>(im + far);
    const tr = wr * br - wi * bi;
    const ti = wr * bi + wi * br;
    const ar = load<f32>(re);
    const ai = load<f32>(im);
    store<f32>(re, ar + tr);
    store<f32>(im, ai + ti);
    store<f32>(re + far, ar - tr);
    store<f32>(im + far, ai - ti);
    im += 4;
    w += 4;
  }
}

/** From the transform Z of the pairs to that of the real values: X[k] = E + w O, X[m - k] = conj(E - w O), E and O the halves of Z[k] and conj(Z[m - k]). */
function take_apart(re: usize, im: usize, w: usize, m: i32): void {
  const bins = (m >> 1) + 1;
  const first = load<f32>(re);
  const second = load<f32>(im);
  store<f32>(re, first + second);
  store<f32>(im, 0);
  store<f32>(re + (m << 2), first - second);
  store<f32>(im + (m << 2), 0);
  for (let k = 1; k < bins; k++) {
    const low = k << 2;
    const high = (m - k) << 2;
    const lr = load<f32>(re + low);
    const li = load<f32>(im + low);
    const hr = load<f32>(re + high);
    const hi = load<f32>(im + high);
    const er: f32 = 0.5 * (lr + hr);
    const ei: f32 = 0.5 * (li - hi);
    const or: f32 = 0.5 * (li + hi);
    const oi: f32 = 0.5 * (hr - lr);
    const wr = load<f32>(w + low);
    const wi = load<f32>(w + (bins << 2) + low);
    const tr = wr * or - wi * oi;
    const ti = wr * oi + wi * or;
    store<f32>(re + low, er + tr);
    store<f32>(im + low, ei + ti);
    store<f32>(re + high, er - tr);
    store<f32>(im + high, ti - ei);
  }
}

/**
 * n values of one channel, one every `step` bytes of which `have` are there and the rest zeros, times a window function (f32[have], 0: none),
 * as pairs in the order that fft_real begins with. order: i32[n / 2], where pair i goes.
 */
export function load_pairs(x: usize, step: i32, have: i32, n: i32, window: usize, order: usize, re: usize, im: usize): void {
  for (let i = 0; i < n; i += 2) {
    const to = load<i32>(order) << 2;
    store<f32>(re + to, windowed(x, step, have, window, i));
    store<f32>(im + to, windowed(x, step, have, window, i + 1));
    order += 4;
  }
}

// @ts-ignore: decorator
@inline
function windowed(x: usize, step: i32, have: i32, window: usize, i: i32): f32 {
  if (i >= have) return 0;
  const value = load<f32>(x + i * step);
  return window === 0 ? value : value * load<f32>(window + (i << 2));
}
