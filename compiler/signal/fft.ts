import { f } from './define.ts';

/** What runtime-as/signal/fft.ts reads, for n a power of 2 from 8 on. Computed in f64, rounded to f32. */
export interface FftTables {
  readonly n: number;
  /** Where pair i goes: its bits from the last to the first. i32[n / 2] */
  readonly order: Int32Array;
  /** Per stage of h = 1, 2, 4 .. n / 4: cos, sin of -pi j / h, j < h; then cos, sin of -2 pi k / n, k <= n / 4. */
  readonly twiddles: Float32Array;
}

export function fftTables(n: number): FftTables {
  const half = n / 2;
  const bits = Math.log2(half);
  const order = Int32Array.from({ length: half }, (_, i) => {
    let reversed = 0;
    for (let bit = 0; bit < bits; bit++) if ((i >> bit) & 1) reversed |= 1 << (bits - 1 - bit);
    return reversed;
  });
  const twiddles: number[] = [];
  const add = (count: number, angle: (j: number) => number): void => {
    for (let j = 0; j < count; j++) twiddles.push(Math.cos(angle(j)));
    for (let j = 0; j < count; j++) twiddles.push(-Math.sin(angle(j)));
  };
  for (let h = 1; h < half; h *= 2) add(h, (j) => (Math.PI * j) / h);
  add(half / 2 + 1, (k) => (2 * Math.PI * k) / n);
  return { n, order, twiddles: Float32Array.from(twiddles) };
}

/** |X[k]| or |X[k]|^2, k = 0 .. n / 2, of values that zeros follow up to n, times a window; f32 step by step, as runtime-as does. */
export function magnitudesOf(x: Float32Array, window: Float32Array | null, tables: FftTables, squared: boolean): Float32Array {
  const { n, order } = tables;
  const half = n / 2;
  const value = (i: number): number => (i >= x.length ? 0 : window === null ? x[i]! : f(x[i]! * window[i]!));
  const [re, im] = [new Float32Array(half + 1), new Float32Array(half + 1)];
  order.forEach((to, i) => {
    re[to] = value(2 * i);
    im[to] = value(2 * i + 1);
  });
  let at = 0;
  for (let h = 1; h < half; h *= 2) {
    for (let group = 0; group < half; group += 2 * h) butterfliesInto(re, im, group, h, tables.twiddles, at);
    at += 2 * h;
  }
  takeApart(re, im, half, tables.twiddles.subarray(at));
  return re.map((real, k) => {
    const power = f(f(real * real) + f(im[k]! * im[k]!));
    return squared ? power : Math.sqrt(power);
  });
}

function butterfliesInto(re: Float32Array, im: Float32Array, group: number, h: number, w: Float32Array, at: number): void {
  for (let j = 0; j < h; j++) {
    const [a, b] = [group + j, group + j + h];
    const [wr, wi, br, bi] = [w[at + j]!, w[at + h + j]!, re[b]!, im[b]!];
    const tr = f(f(wr * br) - f(wi * bi));
    const ti = f(f(wr * bi) + f(wi * br));
    const [ar, ai] = [re[a]!, im[a]!];
    re[a] = ar + tr;
    im[a] = ai + ti;
    re[b] = ar - tr;
    im[b] = ai - ti;
  }
}

function takeApart(re: Float32Array, im: Float32Array, m: number, w: Float32Array): void {
  const bins = m / 2 + 1;
  const [first, second] = [re[0]!, im[0]!];
  re[0] = first + second;
  im[0] = 0;
  re[m] = first - second;
  im[m] = 0;
  for (let k = 1; k < bins; k++) {
    const [lr, li, hr, hi] = [re[k]!, im[k]!, re[m - k]!, im[m - k]!];
    const [er, ei] = [f(0.5 * f(lr + hr)), f(0.5 * f(li - hi))];
    const [or, oi] = [f(0.5 * f(li + hi)), f(0.5 * f(hr - lr))];
    const [wr, wi] = [w[k]!, w[bins + k]!];
    const tr = f(f(wr * or) - f(wi * oi));
    const ti = f(f(wr * oi) + f(wi * or));
    re[k] = er + tr;
    im[k] = ei + ti;
    re[m - k] = er - tr;
    im[m - k] = ti - ei;
  }
}

/** scipy.signal.get_window('hann', n): 0.5 - 0.5 cos(2 pi i / n). */
export const hann = (n: number): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n));
