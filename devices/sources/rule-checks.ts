import { InputError } from '../../compiler/error.ts';
import { nearest } from '../../compiler/nearest.ts';
import type { ArtifactInput } from './mapping.ts';
import { payloadDefaults, type PayloadOptions } from './payload/define.ts';
import { formats } from './payload/index.ts';
import type { MappingRule } from './rule.ts';
import { isSameUnit } from './units.ts';

/** A name that is not among the known ones. */
export function unknown(where: string, kind: string, name: string, known: readonly string[]): InputError {
  const similar = nearest(name, known);
  const listed = known.length === 0 ? `There is no ${kind} with a name here.` : `There is ${known.slice(0, 12).join(', ')}.`;
  return new InputError({
    where,
    what: `there is no ${kind} "${name}"`,
    hint: similar === null ? listed : `Did you mean ${similar}?`,
  });
}

/** What the format does not know is a mistake, not a wish that is passed over. */
export function checkOptions(rule: MappingRule, where: string): void {
  const format = formats[rule.format];
  const bad = (key: string, what: string, hint: string): InputError => new InputError({ where: `${where}.${key}`, what, hint });
  for (const key of Object.keys(payloadDefaults) as (keyof PayloadOptions)[]) {
    if (rule[key] === payloadDefaults[key] || format.options.includes(key)) continue;
    throw bad(
      key,
      `means nothing to the format ${rule.format}`,
      `Leave it out${key === 'header' ? ', or take f32 or int16' : ''}.`,
    );
  }
  const asked = [
    ['time', 'time', rule.time !== null],
    ['sensorField', 'sensor', rule.sensorField !== null],
    ['unitFields', 'unit', Object.keys(rule.unitFields).length > 0],
  ] as const;
  for (const [key, thing, isAsked] of asked) {
    if (!isAsked || format.says.includes(thing)) continue;
    const hint = key === 'time' && format.isSeries ? 'Say which header the frames have: header "f64".' : 'Leave it out.';
    throw bad(
      key,
      `a payload of the format ${rule.format} cannot say it${key === 'time' && !format.isSeries ? ' there' : ''}`,
      hint,
    );
  }
  if (rule.sensor !== null && rule.sensorField !== null) {
    throw bad('sensorField', 'names the sensor, and so does "sensor"', 'Leave one of the two out.');
  }
  if (rule.arrival && (rule.time !== null || rule.header !== 'none')) {
    throw bad('arrival', 'is for messages without a time, and this rule says where theirs is', 'Leave one of the two out.');
  }
}

/** Throws an InputError where the user says another unit than the artifact was compiled for. */
export function checkUnits(rule: MappingRule, { channels }: ArtifactInput, where: string): void {
  for (const [channel, unit] of Object.entries(rule.units)) {
    const wanted = channels?.find(({ name }) => name === channel)?.unit ?? null;
    if (wanted === null || isSameUnit(unit, wanted)) continue;
    throw new InputError({
      where: `${where}.units.${channel}`,
      what: `is "${unit}"; artifact "${rule.artifact}" was compiled for "${wanted}"`,
      hint: 'Let the sensor give that unit, or compile again with data in the other one: nothing is converted.',
    });
  }
}

export interface PlaceCheck {
  readonly rule: MappingRule;
  readonly input: ArtifactInput;
  readonly fields: readonly string[];
  readonly byLevel: boolean;
  readonly where: string;
}

/** Values per row of a format without names; null of others. */
export function checkPlaces({ rule, input, fields, byLevel, where }: PlaceCheck): number | null {
  if (formats[rule.format].by === 'name') return null;
  const asked = [...fields, ...[rule.time, rule.sensorField].filter((field) => field !== null)];
  const bad = asked.find((field) => !/^\d{1,5}$/.test(field));
  if (bad !== undefined) {
    throw new InputError({
      where,
      what: `"${bad}" is no place of a value`,
      hint: `A payload of the format ${rule.format} has no names: write places, from 0.`,
    });
  }
  if (new Set(asked.map(Number)).size !== asked.length) {
    throw new InputError({ where, what: `two things stand at the same place: ${asked.join(', ')}`, hint: 'Give each its own.' });
  }
  const least = 1 + Math.max(...asked.map(Number));
  const columns = rule.columns ?? least;
  if (columns < least) {
    throw new InputError({
      where: `${where}.columns`,
      what: `is ${columns}, and place ${least - 1} is read`,
      hint: `Say how many values a sample has in the payload: at least ${least}.`,
    });
  }
  for (const key of ['scale', 'offset'] as const) {
    const given = rule[key];
    if (typeof given === 'number' || (!byLevel && given.length === input.channelCount)) continue;
    throw new InputError({
      where: `${where}.${key}`,
      what: `has ${given.length} numbers for ${byLevel ? 'one channel per message' : `${input.channelCount} channels`}`,
      hint: byLevel
        ? 'Give one number, or write a rule per channel with "combine".'
        : 'Give one number for all channels, or one for each in the order of the artifact.',
    });
  }
  return columns;
}

/** Samples that only a rate puts into time need one. */
export function checkRate(rule: MappingRule, rateHz: number | null, isPartial: boolean, where: string): void {
  if (!formats[rule.format].isSeries) return;
  if (isPartial && rule.header === 'none') {
    throw new InputError({
      where: `${where}.header`,
      what: 'is "none", and frames of single channels have nothing else by which to put them together',
      hint: 'Let frames carry the time of their first sample: header "f64"; or publish all channels in one frame.',
    });
  }
  if (rateHz !== null || (rule.header === 'none' && !rule.arrival)) return;
  throw new InputError({
    where: `${where}.rateHz`,
    what: `is not said, and artifact "${rule.artifact}" has no rate either: only the first sample of a frame has a time`,
    hint: 'Say how many samples come per second.',
  });
}
