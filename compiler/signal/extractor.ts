import { InputError } from '../error.ts';
import type { Call } from '../kernels/define.ts';
import { checkFeature } from './check.ts';
import type { FeatureGroup, Placed, SignalPlace, SignalShape } from './define.ts';
import { kindOf, valuesPerChannel, type FeatureSpec } from './features.ts';
import { logMel, type LogMelSpec } from './log-mel.ts';
import { nameValues } from './names.ts';
import { sizeOfSpectrum, spectrum, type SpectrumSpec } from './spectrum.ts';
import type { StatisticSpec } from './statistic-features.ts';
import { statistics } from './statistics.ts';

/** Turns windows of raw samples into features, in the artifact and beside it. */
export interface Extractor {
  /** One per feature value: 'rms(vib_x)'. */
  readonly names: readonly string[];
  /** Per feature value: index of its channel. */
  readonly channelOf: readonly number[];
  readonly constants: readonly Uint8Array[];
  readonly scratchBytes: number;
  readonly stateBytes: number;
  /** f32[samples x channels] -> f32[features], with the bits of the artifact. */
  reference(window: Float32Array): Float32Array;
  /** The calls for a window of which nothing is known, or (moved) that has moved by one hop since the last one. The bits are the same. */
  emit(place: SignalPlace, moved: boolean): Call[];
}

/**
 * Features in the order of the list, each over its channels in the order of the list or of the data. `where` names the list in errors.
 * Throws an InputError for what cannot be computed from such windows.
 */
export function makeExtractor(shape: SignalShape, features: readonly FeatureSpec[], where: string): Extractor {
  if (features.length === 0)
    throw new InputError({ where, what: 'is empty', hint: 'Name at least one feature, or leave it out.' });
  const placed = place(shape, features, where);
  const groups = groupsOf(shape, placed);
  const scratchBytes = Math.max(...groups.map((group) => aligned(group.scratchBytes)));
  const values = placed.flatMap(({ spec, channels }) =>
    channels.flatMap((channel) => nameValues(spec, shape, channel).map((name) => ({ name, channel }))),
  );
  return {
    names: values.map(({ name }) => name),
    channelOf: values.map(({ channel }) => channel),
    constants: groups.flatMap(({ constants }) => constants),
    scratchBytes,
    stateBytes: groups.reduce((sum, group) => sum + aligned(group.stateBytes), 0),
    reference(window) {
      const result = new Float32Array(values.length);
      for (const group of groups) group.referenceInto(result, window);
      return result;
    },
    emit(at, moved) {
      let [constant, state] = [0, at.state];
      return groups.flatMap((group) => {
        const constants = at.constants.slice(constant, constant + group.constants.length);
        const calls = group.emit({ ...at, constants, state }, moved);
        constant += group.constants.length;
        state += aligned(group.stateBytes);
        return calls;
      });
    },
  };
}

const aligned = (bytes: number): number => 16 * Math.ceil(bytes / 16);

function place(shape: SignalShape, features: readonly FeatureSpec[], where: string): Placed<FeatureSpec>[] {
  let first = 0;
  return features.map((spec, i) => {
    const channels = checkFeature(spec, shape, `${where}[${i}]`);
    const at = { spec, first, channels };
    first += channels.length * valuesPerChannel(spec, shape.samples);
    return at;
  });
}

/** What shares its work comes together: all statistics, all features of one kind of spectrum. */
function groupsOf(shape: SignalShape, placed: readonly Placed<FeatureSpec>[]): FeatureGroup[] {
  const ofKind = <S extends FeatureSpec>(kind: ReturnType<typeof kindOf>): Placed<S>[] =>
    // The one cast of this table: kindOf tells which specs are of a kind.
    placed.filter(({ spec }) => kindOf(spec) === kind) as unknown as Placed<S>[];
  const statistic = ofKind<StatisticSpec & FeatureSpec>('statistic');
  const spectra = new Map<string, Placed<SpectrumSpec>[]>();
  for (const one of ofKind<SpectrumSpec & FeatureSpec>('spectrum')) {
    const key = `${sizeOfSpectrum(one.spec, shape.samples)} ${one.spec.taper ?? 'none'}`;
    spectra.set(key, [...(spectra.get(key) ?? []), one]);
  }
  return [
    ...(statistic.length === 0 ? [] : [statistics(shape, statistic)]),
    ...[...spectra.values()].map((some) => spectrum(shape, some)),
    ...ofKind<LogMelSpec & FeatureSpec>('log-mel').map((one) => logMel(shape, one)),
  ];
}
