import { InputError } from '../../compiler/error.ts';
import type { ArtifactInput } from './mapping.ts';
import { formats } from './payload/index.ts';
import type { MappingRule } from './rule.ts';
import { unknown } from './rule-checks.ts';

export interface Given {
  readonly channel: number;
  /** Where it stands. */
  readonly field: string;
}

/** Which channels of the artifact (`names`, where they have some) a rule gives, and from where. Throws an InputError. */
export function channelFields(
  rule: MappingRule,
  { channelCount }: ArtifactInput,
  names: readonly string[] | null,
  { where, byLevel }: { readonly where: string; readonly byLevel: boolean },
): readonly Given[] {
  const place = `${where}.channels`;
  const isPlace = formats[rule.format].by === 'place' && !byLevel;
  const { channels } = rule;
  if (isList(channels)) {
    if (channels.length !== channelCount) {
      throw new InputError({
        where: place,
        what: `lists ${channels.length}; artifact "${rule.artifact}" takes ${channelCount} channels`,
        hint: 'List one for each channel, in the order of the artifact, or write which is which: { "temp": "t" }.',
      });
    }
    return distinct(inOrder(channels), place);
  }
  if (channels === null) {
    if (isPlace) return inOrder(placesInOrder(channelCount, [rule.time, rule.sensorField]));
    if (names !== null) return inOrder(names);
    throw new InputError({
      where: place,
      what: `artifact "${rule.artifact}" has no names of its ${channelCount} channels`,
      hint: 'List where they stand in the payload, in the order of training; or take a format without names, like json-array.',
    });
  }
  for (const channel of Object.keys(channels)) {
    if (names === null || !names.includes(channel)) throw unknown(place, 'channel', channel, names ?? []);
  }
  const listed = names!.flatMap((name, channel) => (Object.hasOwn(channels, name) ? [{ channel, field: channels[name]! }] : []));
  if (rule.combine && !byLevel) return distinct(listed, place);
  const missing = names!.filter((name) => !Object.hasOwn(channels, name));
  if (isPlace && missing.length > 0) {
    throw new InputError({
      where: place,
      what: `does not say where ${missing.map((name) => `"${name}"`).join(', ')} ${missing.length === 1 ? 'stands' : 'stand'}`,
      hint: `Give the place of each channel, from 0: a payload of the format ${rule.format} has no names.`,
    });
  }
  return distinct(inOrder(names!.map((name) => (Object.hasOwn(channels, name) ? channels[name]! : name))), place);
}

const inOrder = (fields: readonly string[]): readonly Given[] => fields.map((field, channel) => ({ channel, field }));

/** All places but those of other things. */
const placesInOrder = (count: number, taken: readonly (string | null)[]): string[] =>
  Array.from({ length: count + taken.length }, (_, i) => String(i))
    .filter((place) => !taken.includes(place))
    .slice(0, count);

const isList = (channels: MappingRule['channels']): channels is readonly string[] => Array.isArray(channels);

function distinct(given: readonly Given[], where: string): readonly Given[] {
  const seen = new Set<string>();
  for (const { field } of given) {
    if (seen.has(field)) {
      throw new InputError({ where, what: `two channels come from "${field}"`, hint: 'Give each channel a place of its own.' });
    }
    seen.add(field);
  }
  return given;
}
