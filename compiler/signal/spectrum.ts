import { float, type Call } from '../kernels/define.ts';
import { bytesOf, f, type FeatureGroup, type Placed, type SignalShape } from './define.ts';
import { fftTables, hann, magnitudesOf } from './fft.ts';
import { log10 } from './log.ts';

interface SpectrumParts {
  /** Length of the transform, a power of 2: zeros follow the window. The next one from the window's length on by default. */
  readonly size?: number | undefined;
  /** hann: scipy.signal.get_window('hann', n); none by default. */
  readonly taper?: 'hann' | 'none' | undefined;
}

/** Features of |X[k]|, the magnitudes of numpy.fft.rfft(x, size). */
export type SpectrumSpec = SpectrumParts &
  (
    | { readonly kind: 'spectrum'; /** log10(|X| + 1e-10) */ readonly log?: boolean | undefined }
    | {
        readonly kind: 'band-energy';
        /** Hz: from the first to before the second. */
        readonly bands: readonly (readonly [number, number])[];
      }
    | { readonly kind: 'spectral-centroid' }
  );

const logEpsilon = f(1e-10);

export const sizeOfSpectrum = ({ size }: SpectrumParts, samples: number): number =>
  size ?? Math.max(8, 2 ** Math.ceil(Math.log2(samples)));

/** Values per channel. */
export const spectrumValues = (spec: SpectrumSpec, samples: number): number =>
  spec.kind === 'spectrum' ? sizeOfSpectrum(spec, samples) / 2 + 1 : spec.kind === 'band-energy' ? spec.bands.length : 1;

/** Bins of the frequencies from `from` to before `to`: those of numpy.fft.rfftfreq. */
export const binsOf = (from: number, to: number, size: number, rateHz: number): [first: number, end: number] => [
  Math.ceil((from * size) / rateHz),
  Math.min(size / 2 + 1, Math.ceil((to * size) / rateHz)),
];

/** The features of one kind of spectrum: it is made once per channel. */
export function spectrum(shape: SignalShape, features: readonly Placed<SpectrumSpec>[]): FeatureGroup {
  const { samples, rateHz } = shape;
  const channels = shape.channels.length;
  const [{ spec: parts }] = features as [Placed<SpectrumSpec>];
  const tables = fftTables(sizeOfSpectrum(parts, samples));
  const { n } = tables;
  const taper = parts.taper === 'hann' ? hann(samples) : null;
  const bins = n / 2 + 1;
  const used = [...new Set(features.flatMap(({ channels: of }) => of))].toSorted((a, b) => a - b);
  const transformBytes = 8 * (n / 2 + 4);
  return {
    constants: [bytesOf(tables.order), bytesOf(tables.twiddles), ...(taper === null ? [] : [bytesOf(taper)])],
    scratchBytes: transformBytes + 4 * bins,
    stateBytes: 0,
    referenceInto(values, window) {
      for (const channel of used) {
        const x = Float32Array.from({ length: samples }, (_, i) => window[i * channels + channel]!);
        const magnitudes = magnitudesOf(x, taper, tables, false);
        for (const { spec, first, channels: of } of features) {
          const at = of.indexOf(channel);
          if (at >= 0) values.set(featureOf(spec, magnitudes, n, rateHz), first + at * spectrumValues(spec, samples));
        }
      }
    },
    emit({ window, output, constants, scratch }) {
      const [order, twiddles, tapered = 0] = constants;
      const magnitudes = scratch + transformBytes;
      return used.flatMap((channel): Call[] => [
        {
          module: 'signal/spectrum',
          name: 'magnitudes',
          args: [
            `${window} + ${4 * channel}`,
            ...[4 * channels, samples, n, tapered, order!, twiddles!, scratch, magnitudes].map(String),
            '0',
          ],
        },
        ...features.flatMap(({ spec, first, channels: of }) => {
          const at = of.indexOf(channel);
          if (at < 0) return [];
          return callsOf(spec, magnitudes, output + 4 * (first + at * spectrumValues(spec, samples)), n, rateHz);
        }),
      ]);
    },
  };
}

function featureOf(spec: SpectrumSpec, magnitudes: Float32Array, n: number, rateHz: number | null): readonly number[] {
  switch (spec.kind) {
    case 'spectrum':
      return spec.log === true ? [...magnitudes].map((value) => log10(f(value + logEpsilon))) : [...magnitudes];
    case 'band-energy':
      return spec.bands.map(([from, to]) => {
        const [first, end] = binsOf(from, to, n, rateHz!);
        return magnitudes.subarray(first, end).reduce((sum, value) => f(sum + f(value * value)), 0);
      });
    case 'spectral-centroid': {
      let [sum, weighted] = [0, 0];
      magnitudes.forEach((value, k) => {
        sum = f(sum + value);
        weighted = f(weighted + f(k * value));
      });
      return [sum === 0 ? 0 : f(f(weighted / sum) * f(rateHz! / n))];
    }
  }
}

function callsOf(spec: SpectrumSpec, magnitudes: number, output: number, n: number, rateHz: number | null): Call[] {
  const module = 'signal/spectrum';
  const bins = n / 2 + 1;
  switch (spec.kind) {
    case 'spectrum':
      return [
        { module, name: 'copy_values', args: [magnitudes, output, bins].map(String) },
        ...(spec.log === true
          ? [{ module, name: 'log_scale', args: [`${output}`, `${bins}`, float(logEpsilon), float(1)] }]
          : []),
      ];
    case 'band-energy':
      return spec.bands.map(([from, to], i) => {
        const [first, end] = binsOf(from, to, n, rateHz!);
        return { module, name: 'band_energy', args: [magnitudes, first, end, output + 4 * i].map(String) };
      });
    case 'spectral-centroid':
      return [{ module, name: 'spectral_centroid', args: [`${magnitudes}`, `${bins}`, float(rateHz! / n), `${output}`] }];
  }
}
