import { describe, expect, test } from 'vitest';
import { SparkplugDecoder, sparkplugRuleDefaults, type SparkplugRule } from '../../../devices/sources/sparkplug.ts';
import { dataTypes, toWire } from '../../../devices/sparkplug/datatypes.ts';
import { encodePayload, property, type Metric } from '../../../devices/sparkplug/payload.ts';
import type { OutgoingMessage } from '../../../devices/sparkplug/transport.ts';
import { Collected, input } from './collect.ts';

const artifacts = new Map([['pump', input(['temp °C', 'speed'])]]);
const rule = (changes: Partial<SparkplugRule> = {}): SparkplugRule => ({
  ...sparkplugRuleDefaults,
  artifact: 'pump',
  pattern: 'plant/+/{sensor}',
  channels: { temp: 'Motor/Temperature', speed: 'Motor/Speed' },
  ...changes,
});
const decoder = (changes?: Partial<SparkplugRule>): SparkplugDecoder =>
  new SparkplugDecoder([rule(changes)], artifacts, 'sandglass.json, stream.in');

const metric = (name: string | null, alias: number, value: number, more: Partial<Metric> = {}): Metric => ({
  ...(name === null ? {} : { name }),
  alias,
  ...(name === null ? {} : { datatype: dataTypes.Double }),
  value: toWire('Double', value),
  ...more,
});
const unit = (text: string): Partial<Metric> => ({ properties: new Map([['engUnit', property('String', text)]]) });

/** An edge node and one device, born; then data by alias. */
function life(temperatureUnit = '°C'): (readonly [topic: string, payload: Uint8Array])[] {
  const [t0, t1, t2] = [1_700_000_000_000, 1_700_000_001_000, 1_700_000_002_500];
  return [
    ['spBv1.0/plant/NBIRTH/line-1', encodePayload({ timestamp: t0, seq: 0, metrics: [] })],
    [
      'spBv1.0/plant/DBIRTH/line-1/pump-1',
      encodePayload({
        timestamp: t0,
        seq: 1,
        metrics: [
          metric('Motor/Temperature', 1, 40, unit(temperatureUnit)),
          metric('Motor/Speed', 2, 1500),
          metric('Hours', 3, 12),
        ],
      }),
    ],
    ['spBv1.0/plant/DDATA/line-1/pump-1', encodePayload({ timestamp: t1, seq: 2, metrics: [metric(null, 1, 41.5)] })],
    ['spBv1.0/plant/DDATA/line-1/pump-1', encodePayload({ timestamp: t1, seq: 3, metrics: [metric(null, 3, 13)] })],
    [
      'spBv1.0/plant/DDATA/line-1/pump-1',
      encodePayload({ timestamp: t2, seq: 4, metrics: [metric(null, 2, 1510), metric(null, 1, 42)] }),
    ],
  ];
}

function receive(one: SparkplugDecoder, messages: ReturnType<typeof life>): Collected {
  const collected = new Collected();
  for (const [topic, payload] of messages) one.receive(topic, payload, 0, collected);
  return collected;
}

describe('samples of Sparkplug B', () => {
  test('what a message does not say has its last value; what concerns other metrics is no sample', () => {
    const one = decoder();
    expect(one.filters).toEqual(['spBv1.0/plant/+/+/#']);
    const { rows, refusals } = receive(one, life());
    expect(refusals).toEqual([]);
    expect(rows).toEqual([
      ['pump-1', 1_700_000_000, 40, 1500],
      ['pump-1', 1_700_000_001, 41.5, 1500],
      ['pump-1', 1_700_000_002.5, 42, 1510],
    ]);
  });

  test('data before a birth ask for one, as a command to the edge node', () => {
    const one = decoder();
    const asked: OutgoingMessage[] = [];
    one.ask = (message) => asked.push(message);
    expect(receive(one, life().slice(2, 3)).rows).toEqual([]);
    expect(asked.map(({ topic }) => topic)).toEqual(['spBv1.0/plant/NCMD/line-1']);
  });

  test('a metric in another unit than the artifact is refused, by name', () => {
    const { rows, refusals } = receive(decoder(), life('°F'));
    expect(rows).toEqual([]);
    expect(refusals[0]).toEqual(['unit', 'pump-1: metric "Motor/Temperature" is in °F, artifact "pump" takes °C']);
  });

  test('other groups and edge nodes are none of its business; names are made of levels', () => {
    expect(receive(decoder({ pattern: 'plant/line-2/{sensor}' }), life()).rows).toEqual([]);
    const { rows } = receive(decoder({ pattern: 'plant/{line}/{pump}', sensor: '{line}.{pump}' }), life());
    expect(rows[0]![0]).toBe('line-1.pump-1');
    expect(receive(decoder({ pattern: 'plant/+/+' }), life()).rows[0]![0]).toBe('plant/line-1/pump-1');
  });

  test('a misspelt channel is explained at the start', () => {
    expect(() => decoder({ channels: { tmp: 'x' } })).toThrow(/stream\.in\[0\]\.channels.*"tmp"[\s\S]*temp/);
  });
});
