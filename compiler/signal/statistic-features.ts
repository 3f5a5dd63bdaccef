import { float } from '../kernels/define.ts';
import { f } from './define.ts';
import { partial as p } from './partials.ts';

/** Features of the distribution of a channel's values in a window. */
export type StatisticSpec =
  | {
      readonly kind: 'mean' | 'rms' | 'sum-abs' | 'mean-abs' | 'min' | 'max' | 'peak-to-peak' | 'crest-factor' | 'zero-crossings';
    }
  /** Divided by n - ddof; 0 by default, as numpy.std. */
  | { readonly kind: 'std'; readonly ddof?: 0 | 1 | undefined }
  /** Of the population (bias true, the default), or corrected for a sample: scipy.stats.skew and kurtosis. */
  | { readonly kind: 'skewness' | 'kurtosis'; readonly bias?: boolean | undefined };

export type StatisticKind = StatisticSpec['kind'];

export interface StatisticFeature {
  /** Function of runtime-as/signal/values.ts, and its arguments behind (merged, out, channels). */
  readonly name: string;
  readonly args: readonly string[];
  /** The feature from the partials of a whole window; f32 step by step. */
  value(partials: Float32Array): number;
}

type Row = (spec: StatisticSpec, n: number) => StatisticFeature;

/** A partial as it is. */
const plain =
  (place: number): Row =>
  () => ({ name: 'feature_partial', args: [`${4 * place}`], value: (x) => x[place]! });

const share =
  (place: number): Row =>
  (_, n) => ({ name: 'feature_share', args: [`${4 * place}`, float(n)], value: (x) => f(x[place]! / f(n)) });

const root = (place: number, count: number): StatisticFeature => ({
  name: 'feature_root',
  args: [`${4 * place}`, float(count)],
  value: (x) => f(Math.sqrt(f(x[place]! / f(count)))),
});

/** What rounding makes of equal values: 2^-40 of the mean square. */
const isFlat = (variance: number, x: Float32Array, n: number): boolean =>
  variance <= f(f(x[p.sumSquares]! / f(n)) * f(9.094947e-13));

const ddofOf = (spec: StatisticSpec): number => (spec.kind === 'std' ? (spec.ddof ?? 0) : 0);
const isBiased = (spec: StatisticSpec): boolean =>
  spec.kind !== 'skewness' && spec.kind !== 'kurtosis' ? true : spec.bias !== false;

/** One row per feature. */
export const rows: Readonly<Record<StatisticKind, Row>> = {
  /** numpy.mean */
  mean: share(p.sum),
  /** sqrt(mean(x^2)) */
  rms: (_, n) => root(p.sumSquares, n),
  /** numpy.std(ddof) */
  std: (spec, n) => root(p.m2, n - ddofOf(spec)),
  /** sum |x| */
  'sum-abs': plain(p.sumAbs),
  /** mean |x| */
  'mean-abs': share(p.sumAbs),
  min: plain(p.min),
  max: plain(p.max),
  /** numpy.ptp */
  'peak-to-peak': () => ({ name: 'feature_peak_to_peak', args: [], value: (x) => f(x[p.max]! - x[p.min]!) }),
  /** max |x| / rms; 0 of nothing but zeros. */
  'crest-factor': (_, n) => ({
    name: 'feature_crest',
    args: [float(n)],
    value(x) {
      const rms = f(Math.sqrt(f(x[p.sumSquares]! / f(n))));
      const peak = Math.max(Math.abs(x[p.min]!), Math.abs(x[p.max]!));
      return rms === 0 ? 0 : f(peak / rms);
    },
  }),
  /** numpy.count_nonzero(numpy.diff(x < 0)) */
  'zero-crossings': plain(p.crossings),
  /** scipy.stats.skew(bias): g1, or G1 = g1 sqrt(n (n - 1)) / (n - 2) (Joanes and Gill 1998). 0 where the values do not vary. */
  skewness(spec, n) {
    const factor = isBiased(spec) ? 1 : f(Math.sqrt(n * (n - 1)) / (n - 2));
    return {
      name: 'feature_skewness',
      args: [float(n), float(factor)],
      value(x) {
        const variance = f(x[p.m2]! / f(n));
        const value = f(f(x[p.m3]! / f(n)) / f(variance * f(Math.sqrt(variance))));
        return isFlat(variance, x, n) ? 0 : f(factor * value);
      },
    };
  },
  /** scipy.stats.kurtosis(bias): excess g2, or G2 = (n - 1) / ((n - 2) (n - 3)) ((n + 1) g2 + 6). 0 where the values do not vary. */
  kurtosis(spec, n) {
    const biased = isBiased(spec);
    const factor = biased ? 1 : f(((n - 1) * (n + 1)) / ((n - 2) * (n - 3)));
    const offset = biased ? 0 : f((6 * (n - 1)) / ((n - 2) * (n - 3)));
    return {
      name: 'feature_kurtosis',
      args: [float(n), float(factor), float(offset)],
      value(x) {
        const variance = f(x[p.m2]! / f(n));
        const value = f(f(f(x[p.m4]! / f(n)) / f(variance * variance)) - 3);
        return isFlat(variance, x, n) ? 0 : f(f(factor * value) + offset);
      },
    };
  },
};
