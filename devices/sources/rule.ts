import { type PayloadOptions, payloadDefaults } from './payload/define.ts';
import type { FormatName } from './payload/index.ts';
import type { TimeUnit } from './time.ts';

/** How messages (or lines) become samples of one artifact: what the user writes. */
export interface MappingRule extends PayloadOptions {
  /** The artifact that scores them, by its name in the config. */
  readonly artifact: string;
  readonly format: FormatName;
  /**
   * Name of the sensor: a text in which `{site}` stands for a named level of the pattern. null: the level {sensor}; of a pattern without
   * wildcards, the whole topic.
   */
  readonly sensor: string | null;
  /** Where the payload has the name of the sensor instead: a path, a tag, a column. */
  readonly sensorField: string | null;
  /**
   * Where each channel stands in the payload: a path into JSON, a metric, a field, or (formats without names) its place from 0; of
   * {channel} topics, the text of the level. By channel, where one that is left out has its own name; or a list in the order of
   * the artifact. null: all have their own names, or stand in order.
   */
  readonly channels: Readonly<Record<string, string>> | readonly string[] | null;
  /** Of {channel} topics whose payload is an object: where its value stands. */
  readonly value: string;
  /** Where the time of the measurement stands; null: nowhere (line protocol and headers of frames have it in a place of their own). */
  readonly time: string | null;
  /** null: what is usual in the format: `ns` in line protocol, else `auto`. */
  readonly timeUnit: TimeUnit | null;
  /** Whether messages without a time get that of their arrival, evened out by the artifact's rate. */
  readonly arrival: boolean;
  /** Samples per second of messages that hold several; null: the artifact's. */
  readonly rateHz: number | null;
  /** In which unit a channel comes. */
  readonly units: Readonly<Record<string, string>>;
  /** Where the payload says in which unit a channel comes: a path. */
  readonly unitFields: Readonly<Record<string, string>>;
  /**
   * Whether a sample comes in several messages, each with some of its channels: what has the same time is one sample. The rule then
   * gives the channels that it lists, and rules of the same artifact complete each other. {channel} topics always do.
   */
  readonly combine: boolean;
}

/** A rule for messages that come on topics. */
export interface TopicRule extends MappingRule {
  /** Topics: `site/+/pump/{sensor}/vibration`. */
  readonly pattern: string;
}

export const ruleDefaults = {
  ...payloadDefaults,
  format: 'json-object',
  sensor: null,
  sensorField: null,
  channels: null,
  value: 'value',
  time: null,
  timeUnit: null,
  arrival: false,
  rateHz: null,
  units: {},
  unitFields: {},
  combine: false,
} as const satisfies Partial<MappingRule>;
