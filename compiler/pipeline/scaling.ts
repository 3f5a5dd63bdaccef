import { InputError } from '../error.ts';
import type { Windows } from '../calibrate/samples.ts';
import { shortFloat32 } from '../short-float.ts';
import type { ScalingOption } from './options.ts';

/** y = x * factor + offset, one of each per value of `period`: f32, written with as few digits as say it exactly. */
export interface Scaling {
  readonly method: ScalingOption['method'];
  readonly factor: readonly number[];
  readonly offset: readonly number[];
}

/**
 * The scaling of windows whose values repeat every `period` (the channels, or all features). minmax: (x - min) / (max - min) onto
 * the range; zscore: (x - mean) / standard deviation of the population; robust: (x - median) / (third - first quartile); as
 * scikit-learn's MinMaxScaler, StandardScaler and RobustScaler do, also in that what does not vary is divided by 1.
 */
export function scalingOf(option: ScalingOption, windows: Windows, period: number, names: readonly string[] | null): Scaling {
  if ('fitted' in option) return { method: option.method, ...option.fitted };
  if (option.method === 'given') return givenScaling(option, period, names);
  const groups = option.per === 'all' ? 1 : period;
  const [low, high] = option.range ?? [0, 1];
  const found = Array.from({ length: groups }, (_, group) => {
    const values = Float64Array.from({ length: windows.data.length / groups }, (__, i) => windows.data[i * groups + group]!);
    const { center, spread } = spreads[option.method](values);
    return { center, scale: spread === 0 ? 1 : spread };
  });
  const stretch = option.method === 'minmax' ? high - low : 1;
  const shift = option.method === 'minmax' ? low : 0;
  return repeated(
    option.method,
    found.map(({ scale }) => stretch / scale),
    found.map(({ center, scale }) => shift - (center * stretch) / scale),
    period,
  );
}

const spreads: Readonly<Record<'minmax' | 'zscore' | 'robust', (values: Float64Array) => { center: number; spread: number }>> = {
  minmax(values) {
    let [min, max] = [Infinity, -Infinity];
    for (const value of values) [min, max] = [Math.min(min, value), Math.max(max, value)];
    return { center: min, spread: max - min };
  },
  zscore(values) {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return { center: mean, spread: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
  },
  robust(values) {
    const sorted = values.toSorted();
    const at = (q: number): number => {
      const position = (sorted.length - 1) * q;
      const below = sorted[Math.floor(position)]!;
      return below + (sorted[Math.ceil(position)]! - below) * (position - Math.floor(position));
    };
    return { center: at(0.5), spread: at(0.75) - at(0.25) };
  },
};

function givenScaling(
  { center, scale, names: of, source }: Extract<ScalingOption, { readonly center: readonly number[] }>,
  period: number,
  names: readonly string[] | null,
): Scaling {
  for (const values of [center, scale]) {
    if (values.length === 1 || values.length === period) continue;
    throw new InputError({
      where: source,
      what: `scales ${values.length} values; the model reads ${period}${names === null ? '' : ` (${names.slice(0, 8).join(', ')}${period > 8 ? ', ...' : ''})`}`,
      hint: 'Give the scaler that was fitted on the same channels or features, in the same order.',
    });
  }
  const other = of === null || names === null ? -1 : of.findIndex((name, i) => name !== names[i]);
  if (other >= 0) {
    throw new InputError({
      where: source,
      what: `scales "${of![other]}" at place ${other + 1}, where the data has "${names![other]}"`,
      hint: 'Name the channels in the order of training with --channels.',
    });
  }
  return repeated(
    'given',
    scale.map((value) => 1 / value),
    Array.from(
      { length: Math.max(center.length, scale.length) },
      (_, i) => -center[i % center.length]! / scale[i % scale.length]!,
    ),
    period,
  );
}

const repeated = (
  method: ScalingOption['method'],
  factor: readonly number[],
  offset: readonly number[],
  period: number,
): Scaling => ({
  method,
  factor: Array.from({ length: period }, (_, i) => shortFloat32(factor[i % factor.length]!)),
  offset: Array.from({ length: period }, (_, i) => shortFloat32(offset[i % offset.length]!)),
});
