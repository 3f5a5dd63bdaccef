import { framesOf, type LogMelSpec } from './log-mel.ts';
import { spectrumValues, type SpectrumSpec } from './spectrum.ts';
import type { StatisticSpec } from './statistic-features.ts';

/** A feature of a window, as a config names it; of all channels, unless it says of which. */
export type FeatureSpec = (StatisticSpec | SpectrumSpec | LogMelSpec) & { readonly channels?: readonly string[] | undefined };

export type FeatureKind = FeatureSpec['kind'];

type Family = 'statistic' | 'spectrum' | 'log-mel';

/** How each feature is computed. */
const families: Readonly<Record<FeatureKind, Family>> = {
  mean: 'statistic',
  std: 'statistic',
  rms: 'statistic',
  'sum-abs': 'statistic',
  'mean-abs': 'statistic',
  min: 'statistic',
  max: 'statistic',
  'peak-to-peak': 'statistic',
  skewness: 'statistic',
  kurtosis: 'statistic',
  'crest-factor': 'statistic',
  'zero-crossings': 'statistic',
  spectrum: 'spectrum',
  'band-energy': 'spectrum',
  'spectral-centroid': 'spectrum',
  'log-mel': 'log-mel',
};

export const featureKinds = Object.keys(families) as readonly FeatureKind[];

export const kindOf = ({ kind }: FeatureSpec): Family => families[kind];

export function valuesPerChannel(spec: FeatureSpec, samples: number): number {
  switch (spec.kind) {
    case 'spectrum':
    case 'band-energy':
    case 'spectral-centroid':
      return spectrumValues(spec, samples);
    case 'log-mel':
      return framesOf(spec, samples) * spec.mels;
    default:
      return 1;
  }
}
