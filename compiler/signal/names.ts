import type { SignalShape } from './define.ts';
import { valuesPerChannel, type FeatureSpec } from './features.ts';
import { sizeOfSpectrum } from './spectrum.ts';

/** Names of a feature's values of one channel. */
export function nameValues(spec: FeatureSpec, { samples, channels, rateHz }: SignalShape, channel: number): string[] {
  const of = `(${channels[channel]!})`;
  switch (spec.kind) {
    case 'spectrum': {
      const size = sizeOfSpectrum(spec, samples);
      const bin = (k: number): string => (rateHz === null ? `[${k}]` : ` ${short((k * rateHz) / size)} Hz`);
      return Array.from({ length: size / 2 + 1 }, (_, k) => `spectrum${bin(k)}${of}`);
    }
    case 'band-energy':
      return spec.bands.map(([from, to]) => `band ${short(from)}-${short(to)} Hz${of}`);
    case 'log-mel':
      return Array.from({ length: valuesPerChannel(spec, samples) }, (_, i) => {
        const frame = Math.floor(i / spec.mels);
        return `mel ${i % spec.mels}, frame ${frame}${of}`;
      });
    default:
      return [`${spec.kind}${of}`];
  }
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
