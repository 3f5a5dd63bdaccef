import type { ScoreMessage } from '../../record.ts';
import { dataTypes, toWire, type Value } from '../../sparkplug/datatypes.ts';
import { property, type Metric } from '../../sparkplug/payload.ts';
import { deviceId } from '../../sparkplug/topic.ts';
import type { SensorView } from '../define.ts';
import { scoreUnit, type Column, type Known } from './columns.ts';

/** Codes of the property Quality (Sparkplug 3.0, 6.4.8). */
const qualities = { bad: 0, good: 192 } as const;

/** Why a score is null. */
const reasons = {
  notYet: 'no window is full yet',
  missing: 'the window holds values that the sensor did not give',
  gone: 'the sensor is no more: what follows was stored',
} as const;

type Properties = NonNullable<Metric['properties']>;

/** Milliseconds since 1970 of the data, as metrics have it: of the score where samples come without time. */
export function timeOf({ time, scoredAt }: ScoreMessage): number {
  const ms = Date.parse(time ?? scoredAt);
  return Number.isNaN(ms) ? Date.now() : Math.max(0, ms);
}

/** A sensor as a Sparkplug device: what hosts were told of it, and so what they have to be told next. */
export class Device {
  readonly sensor: string;
  readonly id: string;
  /** Whether it was born in this session, and is not dead. */
  isBorn = false;
  readonly #columns: readonly Column[];
  /** Alias of the first column; null: metrics go by name. */
  readonly #alias: number | null;
  /** The last score that was sent as news; survives sessions. */
  #sent: ScoreMessage | null = null;
  /** What hosts show: from the birth on. */
  #shown: readonly (Value | null)[] = [];
  /** What the last stored score said; null: none was sent since the birth. */
  #stored: readonly (Value | null)[] | null = null;
  /** Milliseconds since 1970: scores from before are no news, as the birth says a later one. */
  #newsFrom = Infinity;

  constructor(sensor: string, columns: readonly Column[], alias: number | null) {
    this.sensor = sensor;
    this.id = deviceId(sensor);
    this.#columns = columns;
    this.#alias = alias;
  }

  /** All metrics, for a DBIRTH. */
  birth(view: SensorView): readonly Metric[] {
    const { last, artifact } = view;
    const isLastSent = this.#sent !== null && last !== null && Date.parse(this.#sent.scoredAt) === last.scoredAt;
    const known: Known = {
      device: this.sensor,
      score: last?.score ?? null,
      alarm: last?.alarm ?? false,
      threshold: this.#sent?.threshold ?? artifact.manifest.score.threshold,
      seq: this.#sent?.seq ?? null,
      epoch: this.#sent?.epoch ?? null,
      why: (isLastSent ? this.#sent?.why : undefined) ?? [],
      artifact,
    };
    const ms = last?.time === null || last === null ? last?.scoredAt : last.time * 1000;
    this.#newsFrom = last?.scoredAt ?? Date.now();
    return this.#bear(known, ms ?? Date.now(), scoreUnit(artifact.manifest), last === null ? reasons.notYet : reasons.missing);
  }

  /** The same for a sensor that is no more, but has scores in the spool: they are all history. */
  birthOfGone(stored: ScoreMessage): readonly Metric[] {
    this.#newsFrom = Infinity;
    const known: Known = { ...stored, score: null, alarm: null, seq: null, epoch: null, why: [] };
    return this.#bear(known, Date.now(), null, reasons.gone);
  }

  /** What a score changes, for a DDATA; and its sequence number in any case. */
  data(message: ScoreMessage): { readonly metrics: readonly Metric[]; readonly isHistorical: boolean } {
    const isHistorical = Date.parse(message.scoredAt) < this.#newsFrom;
    // Once there are news, all that follows is: a clock that is set back makes no history.
    if (!isHistorical) this.#newsFrom = -Infinity;
    const before = isHistorical ? this.#stored : this.#shown;
    const values = this.#columns.map(({ of }) => of(message));
    const timestamp = timeOf(message);
    const metrics: Metric[] = [];
    for (const [i, { name, type }] of this.#columns.entries()) {
      const value = values[i]!;
      if (before !== null && name !== 'Sequence' && Object.is(value, before[i])) continue;
      const metric: Metric = {
        ...this.#call(name, i),
        timestamp,
        ...(isHistorical ? { isHistorical } : {}),
        value: value === null ? null : toWire(type, value),
      };
      const isScoreAgain = value !== null && before?.[i] === null;
      if (name !== 'Score') metrics.push(metric);
      else if (value === null) metrics.push({ ...metric, properties: bad(reasons.missing) });
      else metrics.push(isScoreAgain ? { ...metric, properties: good } : metric);
    }
    if (isHistorical) this.#stored = values;
    else [this.#shown, this.#sent] = [values, message];
    return { metrics, isHistorical };
  }

  #bear(known: Known, timestamp: number, unit: string | null, reason: string): readonly Metric[] {
    this.isBorn = true;
    this.#stored = null;
    this.#shown = this.#columns.map(({ of }) => of(known));
    return this.#columns.map(({ name, type }, i) => {
      const value = this.#shown[i]!;
      const properties = propertiesOf(name, value, unit, reason);
      return {
        name,
        ...(this.#alias === null ? {} : { alias: this.#alias + i }),
        timestamp: Math.max(0, Math.round(timestamp)),
        datatype: dataTypes[type],
        ...(properties.size === 0 ? {} : { properties }),
        value: value === null ? null : toWire(type, value),
      };
    });
  }

  #call(name: string, column: number): Pick<Metric, 'name' | 'alias'> {
    return this.#alias === null ? { name } : { alias: this.#alias + column };
  }
}

const bad = (reason: string): Properties =>
  new Map([
    ['Quality', property('Int32', qualities.bad)],
    ['Reason', property('String', reason)],
  ]);

const good: Properties = new Map([['Quality', property('Int32', qualities.good)]]);

function propertiesOf(name: string, value: Value | null, unit: string | null, reason: string): Properties {
  const hasUnit = unit !== null && (name === 'Score' || name === 'Threshold');
  return new Map([
    ...(hasUnit ? [['engUnit', property('String', unit)] as const] : []),
    ...(name === 'Score' && value === null ? bad(reason) : []),
  ]);
}
