import { InputError } from '../../compiler/error.ts';
import { nearest } from '../../compiler/nearest.ts';
import { bindRule, type ArtifactInput, type Mapping } from './mapping.ts';
import { ruleDefaults, type MappingRule } from './rule.ts';

/** What rows with a header are read by. */
export interface CsvRule extends Pick<MappingRule, 'artifact' | 'timeUnit' | 'units'> {
  /** Column of each channel; one that is left out has its own name. null: all have. */
  readonly channels: Readonly<Record<string, string>> | null;
  /** Name of the sensor; null: the name of the file. */
  readonly sensor: string | null;
  /** Column with the name of the sensor instead. */
  readonly sensorColumn: string | null;
  /** Column of the time: ISO 8601 or a number; null: the one that the artifact was compiled with, if it is there. */
  readonly time: string | null;
}

export const csvRuleDefaults = {
  timeUnit: null,
  units: {},
  channels: null,
  sensor: null,
  sensorColumn: null,
  time: null,
} as const satisfies Partial<CsvRule>;

/** A header has no number, as a row has; a row of words alone would be one too, but gives no sample anyway. */
export const isHeader = (fields: readonly string[]): boolean =>
  fields.some((field) => field !== '') &&
  !fields.some((field) => /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(field.slice(0, 64)));

/** Where a rule's columns stand in a header. `file`: for errors. Throws an InputError with the nearest name of a column. */
export function bindColumns(
  header: readonly string[],
  rule: CsvRule,
  artifacts: ReadonlyMap<string, ArtifactInput>,
  file: string,
  where: string,
): Mapping {
  const input = artifacts.get(rule.artifact);
  // The one that says which artifacts there are.
  if (input === undefined) return bindRule({ ...ruleDefaults, artifact: rule.artifact }, artifacts, { where, byLevel: false });
  const place = (column: string): string => String(placeOf(column, header, file));
  const time = rule.time ?? (input.time !== null && header.includes(input.time) ? input.time : null);
  const taken = new Set([time, rule.sensorColumn].map((column) => (column === null ? null : place(column))));
  checkNames(rule, input, where);
  const names = input.channels?.map(({ name }) => name);
  const channels =
    names === undefined
      ? header.map((_, i) => String(i)).filter((each) => !taken.has(each))
      : names.map((name) => place(rule.channels !== null && Object.hasOwn(rule.channels, name) ? rule.channels[name]! : name));
  return bindRule(
    {
      ...ruleDefaults,
      artifact: rule.artifact,
      format: 'csv-line',
      channels,
      time: time === null ? null : place(time),
      timeUnit: rule.timeUnit,
      units: rule.units,
      sensorField: rule.sensorColumn === null ? null : place(rule.sensorColumn),
      columns: header.length,
    },
    artifacts,
    { where: names === undefined ? file : where, byLevel: false },
  );
}

function placeOf(column: string, header: readonly string[], file: string): number {
  const found = header.indexOf(column);
  if (found >= 0) return found;
  const similar = nearest(column, header);
  throw new InputError({
    where: file,
    what: `has no column "${column}"`,
    hint:
      similar === null
        ? `Its header names ${header.slice(0, 12).join(', ')}: say which column is which.`
        : `Did you mean ${similar}?`,
  });
}

/** A channel that the artifact does not have is a typo. */
function checkNames({ channels, artifact }: CsvRule, input: ArtifactInput, where: string): void {
  const names = input.channels?.map(({ name }) => name) ?? [];
  const unknown = Object.keys(channels ?? {}).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const similar = nearest(unknown, names);
  throw new InputError({
    where: `${where}.channels`,
    what: `artifact "${artifact}" has no channel "${unknown}"`,
    hint: similar === null ? `It has ${names.slice(0, 12).join(', ') || 'no names of channels'}.` : `Did you mean ${similar}?`,
  });
}
