import { toWire, dataTypes, type DataType, type Value, type WireValue } from './datatypes.ts';
import { MalformedPayload } from './malformed.ts';
import { WireReader, wireTypes, type Unsigned64 } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

/** A property of a metric: engUnit, Quality ... */
export interface PropertyValue {
  readonly type: number;
  /** null: is_null. */
  readonly value: WireValue | null;
}

/** The message Metric of sparkplug_b.proto; what is undefined is not there. */
export interface Metric {
  readonly name?: string | undefined;
  readonly alias?: Unsigned64 | undefined;
  /** Milliseconds since 1970, UTC. */
  readonly timestamp?: Unsigned64 | undefined;
  /** Number of a data type (`dataTypes`). */
  readonly datatype?: number | undefined;
  readonly isHistorical?: boolean | undefined;
  readonly isTransient?: boolean | undefined;
  readonly properties?: ReadonlyMap<string, PropertyValue> | undefined;
  /** null: is_null, or no value at all. */
  readonly value: WireValue | null;
}

/** The message Payload. */
export interface Payload {
  /** Milliseconds since 1970, UTC: when it was sent. */
  readonly timestamp?: Unsigned64 | undefined;
  readonly metrics: readonly Metric[];
  readonly seq?: Unsigned64 | undefined;
}

/** What one payload may hold; a payload with more is refused, so that a few bytes cannot become much memory. */
export const payloadLimits = { metrics: 20_000, properties: 100 } as const;

const writer = new WireWriter();

export const property = (type: DataType, value: Value): PropertyValue => ({ type: dataTypes[type], value: toWire(type, value) });

/** Field numbers: sparkplug_b.proto of the specification, 6.4.1. */
export function encodePayload(payload: Payload): Uint8Array {
  if (payload.timestamp !== undefined) writer.uint64(1, payload.timestamp);
  for (const metric of payload.metrics) writer.message(2, () => writeMetric(metric));
  if (payload.seq !== undefined) writer.uint64(3, payload.seq);
  return writer.finish();
}

function writeMetric(metric: Metric): void {
  if (metric.name !== undefined) writer.string(1, metric.name);
  if (metric.alias !== undefined) writer.uint64(2, metric.alias);
  if (metric.timestamp !== undefined) writer.uint64(3, metric.timestamp);
  if (metric.datatype !== undefined) writer.uint64(4, metric.datatype);
  if (metric.isHistorical === true) writer.bool(5, true);
  if (metric.isTransient === true) writer.bool(6, true);
  const { properties, value } = metric;
  if (value === null) writer.bool(7, true);
  if (properties !== undefined) writer.message(9, () => writeProperties(properties));
  if (value !== null) writeValue(value, 10);
}

function writeProperties(properties: ReadonlyMap<string, PropertyValue>): void {
  for (const key of properties.keys()) writer.string(1, key);
  for (const { type, value } of properties.values()) {
    writer.message(2, () => {
      writer.uint64(1, type);
      if (value === null) writer.bool(2, true);
      else writeValue(value, 3);
    });
  }
}

/** The `oneof` begins at `first`: 10 in a metric, 3 in a property; the order of its fields is the same in both. */
function writeValue(wire: WireValue, first: number): void {
  switch (wire.kind) {
    case 'int':
      return writer.uint64(first, wire.value);
    case 'long':
      return writer.uint64(first + 1, wire.value);
    case 'float':
      return writer.float(first + 2, wire.value);
    case 'double':
      return writer.double(first + 3, wire.value);
    case 'boolean':
      return writer.bool(first + 4, wire.value);
    case 'string':
      return writer.string(first + 5, wire.value);
    case 'other':
      throw new Error('internal: a value that was not read cannot be written');
  }
}

/** Throws a MalformedPayload, and nothing else, where the bytes are not a payload within the limits. */
export function decodePayload(bytes: Uint8Array): Payload {
  const reader = new WireReader(bytes);
  const metrics: Metric[] = [];
  let timestamp: Unsigned64 | undefined;
  let seq: Unsigned64 | undefined;
  while (!reader.isAtEnd) {
    const { field, wire } = reader.tag();
    if (field === 1 && wire === wireTypes.varint) timestamp = reader.uint64();
    else if (field === 2 && wire === wireTypes.bytes) {
      if (metrics.length === payloadLimits.metrics) throw new MalformedPayload(`more than ${payloadLimits.metrics} metrics`);
      metrics.push(readMetric(reader.message()));
    } else if (field === 3 && wire === wireTypes.varint) seq = reader.uint64();
    else reader.skip(wire);
  }
  return { timestamp, metrics, seq };
}

/** Field number -> what it fills. A field of another wire type than its own is skipped, as protobuf has it. */
const metricFields: Readonly<
  Record<number, { readonly wire: number; readonly read: (into: MetricDraft, from: WireReader) => void }>
> = {
  1: { wire: wireTypes.bytes, read: (into, from) => (into.name = from.string()) },
  2: { wire: wireTypes.varint, read: (into, from) => (into.alias = from.uint64()) },
  3: { wire: wireTypes.varint, read: (into, from) => (into.timestamp = from.uint64()) },
  4: { wire: wireTypes.varint, read: (into, from) => (into.datatype = from.uint32()) },
  5: { wire: wireTypes.varint, read: (into, from) => (into.isHistorical = from.bool()) },
  6: { wire: wireTypes.varint, read: (into, from) => (into.isTransient = from.bool()) },
  7: { wire: wireTypes.varint, read: (into, from) => (into.isNull = from.bool()) },
  9: { wire: wireTypes.bytes, read: (into, from) => (into.properties = readProperties(from.message())) },
};

type MetricDraft = { -readonly [K in keyof Metric]: Metric[K] } & { isNull: boolean };

function readMetric(reader: WireReader): Metric {
  const draft: MetricDraft = { value: null, isNull: false };
  while (!reader.isAtEnd) {
    const { field, wire } = reader.tag();
    const known = metricFields[field];
    if (known?.wire === wire) known.read(draft, reader);
    else draft.value = readValue(reader, field - 10, wire) ?? draft.value;
  }
  const { isNull, ...metric } = draft;
  return isNull ? { ...metric, value: null } : metric;
}

function readProperties(reader: WireReader): ReadonlyMap<string, PropertyValue> {
  const keys: string[] = [];
  const values: PropertyValue[] = [];
  while (!reader.isAtEnd) {
    const { field, wire } = reader.tag();
    if (wire === wireTypes.bytes && field === 1) keys.push(reader.string());
    else if (wire === wireTypes.bytes && field === 2) values.push(readProperty(reader.message()));
    else reader.skip(wire);
    if (keys.length > payloadLimits.properties || values.length > payloadLimits.properties) {
      throw new MalformedPayload(`more than ${payloadLimits.properties} properties`);
    }
  }
  if (keys.length !== values.length) throw new MalformedPayload(`${keys.length} keys of properties, ${values.length} values`);
  return new Map(keys.map((key, i) => [key, values[i]!]));
}

function readProperty(reader: WireReader): PropertyValue {
  let type = 0;
  let isNull = false;
  let value: WireValue | null = null;
  while (!reader.isAtEnd) {
    const { field, wire } = reader.tag();
    if (field === 1 && wire === wireTypes.varint) type = reader.uint32();
    else if (field === 2 && wire === wireTypes.varint) isNull = reader.bool();
    else value = readValue(reader, field - 3, wire) ?? value;
  }
  return { type, value: isNull ? null : value };
}

/** A field of the `oneof`, counted from its first; others are skipped and give undefined. The last one on the wire wins. */
function readValue(reader: WireReader, index: number, wire: number): WireValue | undefined {
  if (index === 0 && wire === wireTypes.varint) return { kind: 'int', value: reader.uint32() };
  if (index === 1 && wire === wireTypes.varint) return { kind: 'long', value: reader.uint64() };
  if (index === 2 && wire === wireTypes.fixed32) return { kind: 'float', value: reader.float() };
  if (index === 3 && wire === wireTypes.fixed64) return { kind: 'double', value: reader.double() };
  if (index === 4 && wire === wireTypes.varint) return { kind: 'boolean', value: reader.bool() };
  if (index === 5 && wire === wireTypes.bytes) return { kind: 'string', value: reader.string() };
  const isOther = index >= 6 && index <= 9 && wire === wireTypes.bytes;
  reader.skip(wire);
  return isOther ? { kind: 'other' } : undefined;
}
