import { f } from './define.ts';

const leastNormal = f(1.17549435e-38);
const greatest = f(3.40282347e38);
const word = new DataView(new ArrayBuffer(4));

/** log10 of an f32, step by step as runtime-as/signal/log.ts. */
export function log10(value: number): number {
  let x = value;
  if (!(x >= leastNormal)) {
    if (Number.isNaN(x)) return x;
    x = leastNormal;
  }
  if (x > greatest) return x;
  word.setFloat32(0, x);
  const bits = word.getInt32(0);
  const e = (bits - 0x3f3504f3) >> 23;
  word.setInt32(0, bits - (e << 23));
  const m = word.getFloat32(0);
  const s = f(f(m - 1) / f(m + 1));
  const z = f(s * s);
  const [c3, c5, c7, c9] = [f(0.33333334), f(0.2), f(0.14285715), f(0.11111111)];
  const series = f(1 + f(z * f(c3 + f(z * f(c5 + f(z * f(c7 + f(z * c9))))))));
  return f(f(e * 0.301025390625) + f(f(e * f(4.605039e-6)) + f(f(s * series) * f(0.8685889))));
}
