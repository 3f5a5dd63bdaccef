import { f } from './define.ts';

/** Places of what statistics are made of (runtime-as/signal/statistics.ts). */
export const partial = {
  sum: 0,
  sumAbs: 1,
  sumSquares: 2,
  min: 3,
  max: 4,
  crossings: 5,
  startsBelow: 6,
  endsBelow: 7,
  mean: 8,
  m2: 9,
  m3: 10,
  m4: 11,
} as const;

export const partialCount = 12;

/** Sums in four lanes by index modulo 4, then (l0 + l1) + (l2 + l3). */
function sumInLanes(values: Float32Array, term: (value: number) => number): number {
  const lanes = new Float32Array(4);
  for (let i = 0; i < values.length; i++) lanes[i % 4]! += term(values[i]!);
  return f(f(lanes[0]! + lanes[1]!) + f(lanes[2]! + lanes[3]!));
}

/** The partials of one block of one channel. */
export function partialsOf(x: Float32Array): Float32Array {
  const sum = sumInLanes(x, (value) => value);
  const mean = f(sum / x.length);
  let crossings = 0;
  for (let i = 1; i < x.length; i++) if (x[i]! < 0 !== x[i - 1]! < 0) crossings++;
  const d = x.map((value) => value - mean);
  const s = d.map((value) => value * value);
  return Float32Array.of(
    sum,
    sumInLanes(x, Math.abs),
    sumInLanes(x, (value) => f(value * value)),
    x.reduce((a, b) => Math.min(a, b)),
    x.reduce((a, b) => Math.max(a, b)),
    crossings,
    x[0]! < 0 ? 1 : 0,
    x.at(-1)! < 0 ? 1 : 0,
    mean,
    sumInLanes(s, (value) => value),
    sumInLanes(
      s.map((value, i) => value * d[i]!),
      (value) => value,
    ),
    sumInLanes(s, (value) => f(value * value)),
  );
}

/** a: what `countA` values gave, becomes what those and the `countB` of b give: Pebay 2008, as in runtime-as. */
export function mergeInto(a: Float32Array, b: Float32Array, countA: number, countB: number): void {
  const p = partial;
  for (const at of [p.sum, p.sumAbs, p.sumSquares]) a[at] = f(a[at]! + b[at]!);
  a[p.min] = Math.min(a[p.min]!, b[p.min]!);
  a[p.max] = Math.max(a[p.max]!, b[p.max]!);
  a[p.crossings] = f(f(a[p.crossings]! + b[p.crossings]!) + (a[p.endsBelow] === b[p.startsBelow] ? 0 : 1));
  a[p.endsBelow] = b[p.endsBelow]!;
  const n = f(f(countA) + f(countB));
  const [pa, pb] = [f(f(countA) / n), f(f(countB) / n)];
  const d = f(b[p.mean]! - a[p.mean]!);
  const [a2, a3, b2, b3] = [a[p.m2]!, a[p.m3]!, b[p.m2]!, b[p.m3]!];
  const dd = f(d * d);
  const w = f(f(f(countA) * pb) * dd);
  a[p.mean] = f(a[p.mean]! + f(d * pb));
  a[p.m2] = f(f(a2 + b2) + w);
  const third = f(f(w * d) * f(pa - pb));
  a[p.m3] = f(f(f(a3 + b3) + third) + f(f(3 * d) * f(f(pa * b2) - f(pb * a2))));
  const outer = f(f(w * dd) * f(f(f(pa * pa) - f(pa * pb)) + f(pb * pb)));
  const inner = f(f(6 * dd) * f(f(f(pa * pa) * b2) + f(f(pb * pb) * a2)));
  const rest = f(f(4 * d) * f(f(pa * b3) - f(pb * a3)));
  a[p.m4] = f(f(f(f(a[p.m4]! + b[p.m4]!) + outer) + inner) + rest);
}
