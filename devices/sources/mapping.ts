import type { Manifest } from '../../runtime-js/artifact/manifest.ts';
import type { PayloadOptions, Wanted } from './payload/define.ts';
import { formats, isFormatName } from './payload/index.ts';
import { channelFields } from './rule-channels.ts';
import { checkOptions, checkPlaces, checkRate, checkUnits, unknown } from './rule-checks.ts';
import type { MappingRule } from './rule.ts';
import { isSameUnit } from './units.ts';

/** What a rule has to know of an artifact. */
export type ArtifactInput = Pick<Manifest['input'], 'channels' | 'channelCount' | 'rateHz' | 'time'>;

/** A rule that fits its artifact. */
export interface Mapping {
  readonly artifact: string;
  readonly rule: MappingRule;
  readonly input: ArtifactInput;
  /** Per value that a payload gives: the channel that it is. */
  readonly places: readonly number[];
  readonly wanted: Wanted;
  readonly options: PayloadOptions;
  /** Of {channel} topics: level -> channel; null: payloads hold all. */
  readonly levels: ReadonlyMap<string, number> | null;
  /** Samples per second of messages that hold several; null: nobody says. */
  readonly rateHz: number | null;
  /** Where it stands in the config. */
  readonly where: string;
}

/** How sources without topics differ. */
export interface MappingContext {
  /** The place in the config. */
  readonly where: string;
  /** Whether each message has one channel, which its topic names. */
  readonly byLevel: boolean;
}

/** Checks a rule against the artifacts. Throws an InputError that names the nearest right thing. */
export function bindRule(rule: MappingRule, artifacts: ReadonlyMap<string, ArtifactInput>, context: MappingContext): Mapping {
  const { where, byLevel } = context;
  const input = artifacts.get(rule.artifact);
  if (input === undefined) throw unknown(where, 'artifact', rule.artifact, [...artifacts.keys()]);
  if (!isFormatName(rule.format)) throw unknown(where, 'format', String(rule.format), Object.keys(formats));
  checkOptions(rule, where);
  const names = input.channels?.map(({ name }) => name) ?? null;
  for (const key of ['units', 'unitFields'] as const) {
    for (const channel of Object.keys(rule[key])) {
      if (names === null || !names.includes(channel)) throw unknown(`${where}.${key}`, 'channel', channel, names ?? []);
    }
  }
  checkUnits(rule, input, where);
  const given = channelFields(rule, input, names, context);
  const places = byLevel ? [0] : given.map(({ channel }) => channel);
  const isPlace = formats[rule.format].by === 'place';
  const fields = byLevel ? [isPlace ? '0' : rule.value] : given.map(({ field }) => field);
  const rateHz = rule.rateHz ?? input.rateHz;
  checkRate(rule, rateHz, byLevel || rule.combine, where);
  const columns = checkPlaces({ rule, input, fields, byLevel, where });
  return {
    artifact: rule.artifact,
    rule,
    input,
    places,
    wanted: {
      fields: fields.map((name, i) => ({ name, unit: byLevel ? null : unitOf(rule, input, places[i]!) })),
      time: rule.time,
      timeUnit: rule.timeUnit ?? formats[rule.format].timeUnit ?? 'auto',
      sensor: rule.sensorField,
    },
    options: { ...rule, columns, scale: perField(rule.scale, places), offset: perField(rule.offset, places) },
    levels: byLevel ? new Map(given.map(({ field, channel }) => [field, channel])) : null,
    rateHz,
    where,
  };
}

const perField = (given: number | readonly number[], places: readonly number[]): number | readonly number[] =>
  typeof given === 'number' ? given : places.map((place) => given[place]!);

function unitOf(rule: MappingRule, { channels }: ArtifactInput, channel: number): Wanted['fields'][number]['unit'] {
  const { name, unit } = channels?.[channel] ?? { name: '', unit: null };
  if (!Object.hasOwn(rule.unitFields, name)) return null;
  if (unit === null) return null;
  return { at: rule.unitFields[name]!, isRight: (said) => isSameUnit(said, unit) };
}
