import { InputError } from '../error.ts';
import { nearest } from '../nearest.ts';
import type { SignalShape } from './define.ts';
import type { FeatureSpec } from './features.ts';
import { framesOf, type LogMelSpec } from './log-mel.ts';
import { binsOf, sizeOfSpectrum, type SpectrumSpec } from './spectrum.ts';

const [leastSize, greatestSize] = [8, 65_536];

/** The channels of a feature, as indices. Throws an InputError if it cannot be computed from such windows; `where` names it. */
export function checkFeature(spec: FeatureSpec, shape: SignalShape, where: string): readonly number[] {
  const { samples } = shape;
  switch (spec.kind) {
    case 'spectrum':
    case 'band-energy':
    case 'spectral-centroid':
      checkSpectrum(spec, shape, where);
      break;
    case 'log-mel':
      checkLogMel(spec, shape, where);
      break;
    case 'std':
      if (samples <= (spec.ddof ?? 0)) throw tooShort(where, spec.kind, samples, 2);
      break;
    case 'skewness':
    case 'kurtosis':
      if (spec.bias === false && samples < 4) throw tooShort(where, `unbiased ${spec.kind}`, samples, 4);
      break;
    default:
  }
  return (spec.channels ?? shape.channels).map((name) => {
    const found = shape.channels.indexOf(name);
    if (found >= 0) return found;
    const similar = nearest(name, shape.channels);
    throw bad(
      `${where}.channels`,
      `names "${name}"; the channels are ${shape.channels.join(', ')}`,
      similar === null ? 'Name one of them.' : `Did you mean "${similar}"?`,
    );
  });
}

function checkSpectrum(spec: SpectrumSpec, { samples, rateHz }: SignalShape, where: string): void {
  const size = sizeOfSpectrum(spec, samples);
  checkSize(size, where);
  if (size < samples) {
    throw bad(
      where,
      `a transform of ${size} is shorter than the window of ${samples} samples`,
      'Give a larger size, or leave it out.',
    );
  }
  if (spec.kind === 'spectrum') return;
  if (rateHz === null) throw withoutRate(where, spec.kind);
  if (spec.kind !== 'band-energy') return;
  for (const [from, to] of spec.bands) {
    const [first, end] = binsOf(from, to, size, rateHz);
    if (from >= 0 && first < end) continue;
    throw bad(
      where,
      `the band from ${from} to ${to} Hz holds no bin: they are ${Number((rateHz / size).toPrecision(4))} Hz apart, up to ${rateHz / 2} Hz`,
      'Widen the band, or take a longer window.',
    );
  }
}

function checkLogMel(spec: LogMelSpec, { samples, rateHz }: SignalShape, where: string): void {
  checkSize(spec.size, where);
  if (rateHz === null) throw withoutRate(where, spec.kind);
  if (framesOf(spec, samples) < 1) {
    throw bad(where, `a frame of ${spec.size} samples does not fit into a window of ${samples}`, 'Take a longer window.');
  }
  const { fmin = 0, fmax = rateHz / 2 } = spec;
  if (!(fmin >= 0 && fmin < fmax && fmax <= rateHz / 2)) {
    throw bad(
      where,
      `mel bands from ${fmin} to ${fmax} Hz; expected 0 to at most half of the rate, ${rateHz / 2} Hz`,
      'Mend fmin or fmax.',
    );
  }
}

function checkSize(size: number, where: string): void {
  if (Number.isInteger(Math.log2(size)) && size >= leastSize && size <= greatestSize) return;
  throw bad(
    where,
    `a transform of ${size}; expected a power of 2 from ${leastSize} to ${greatestSize}`,
    `Take ${2 ** Math.round(Math.log2(Math.min(greatestSize, Math.max(leastSize, size))))}; zeros follow the window.`,
  );
}

const bad = (where: string, what: string, hint: string): InputError => new InputError({ where, what, hint });

const withoutRate = (where: string, kind: string): InputError =>
  bad(
    where,
    `${kind} is in Hz, and the rate is not known`,
    'Say how many samples there are per second: --rate 1000, or "rateHz" in the config.',
  );

const tooShort = (where: string, what: string, samples: number, least: number): InputError =>
  bad(where, `${what} of ${samples} samples is not defined`, `Take windows of at least ${least} samples.`);
