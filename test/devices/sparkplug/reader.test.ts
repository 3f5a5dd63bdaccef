import { assert, constantFrom, property as forAll, tuple, uint8Array } from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { SparkplugReader, sparkplugReaderLimits, type Metrics } from '../../../devices/sources/payload/sparkplug.ts';
import { columnsOf } from '../../../devices/sinks/sparkplug/columns.ts';
import { Device } from '../../../devices/sinks/sparkplug/device.ts';
import { dataTypes, toWire } from '../../../devices/sparkplug/datatypes.ts';
import { encodePayload, property, type Metric } from '../../../devices/sparkplug/payload.ts';
import type { OutgoingMessage } from '../../../devices/sparkplug/transport.ts';
import { manifestOf, scoreOf } from './fakes.ts';
import { decodeByProtoc, encodeByProtoc, missingProtoc } from './protoc.ts';

const skip = missingProtoc() !== null;

let asked: OutgoingMessage[] = [];
let reader: SparkplugReader;
beforeEach(() => {
  asked = [];
  reader = new SparkplugReader((message) => asked.push(message));
});

const topic = (type: string, device?: string, node = 'plc-1'): string =>
  `spBv1.0/Hall/${type}/${node}${device === undefined ? '' : `/${device}`}`;

const nodeBirth = (bdSeq = 0): Uint8Array =>
  encodePayload({
    timestamp: 1000,
    seq: 0,
    metrics: [
      { name: 'bdSeq', datatype: dataTypes.Int64, timestamp: 1000, value: toWire('Int64', bdSeq) },
      { name: 'Load', alias: 1, datatype: dataTypes.UInt8, timestamp: 1000, value: toWire('UInt8', 200) },
    ],
  });

const deviceBirth = (seq: number, firstAlias = 10): Uint8Array =>
  encodePayload({
    timestamp: 1000,
    seq,
    metrics: [
      {
        name: 'Vibration',
        alias: firstAlias,
        datatype: dataTypes.Float,
        timestamp: 1000,
        value: toWire('Float', 0.5),
        properties: new Map([['engUnit', property('String', 'mm/s')]]),
      },
      { name: 'Speed', alias: firstAlias + 1, datatype: dataTypes.Int16, timestamp: 1000, value: null },
      { name: 'On', alias: firstAlias + 2, datatype: dataTypes.Boolean, timestamp: 1000, value: toWire('Boolean', true) },
      { name: 'Serial', alias: firstAlias + 3, datatype: dataTypes.String, timestamp: 1000, value: toWire('String', 'A7') },
    ],
  });

const death = (bdSeq: number): Uint8Array =>
  encodePayload({ metrics: [{ name: 'bdSeq', datatype: dataTypes.Int64, value: toWire('Int64', bdSeq) }] });

const data = (seq: number, ...metrics: readonly Metric[]): Uint8Array => encodePayload({ timestamp: 2000, seq, metrics });

const vibration = (value: number, timestamp?: number): Metric => ({ alias: 10, timestamp, value: { kind: 'float', value } });

/** What is given, without what stays the same. */
const told = (result: readonly Metrics[] | string): unknown =>
  typeof result === 'string'
    ? result
    : result.map(({ timeSeconds, isHistorical, values }) => [
        timeSeconds,
        ...(isHistorical ? ['stored'] : []),
        Object.fromEntries(values),
      ]);

function bear(): void {
  reader.read(topic('NBIRTH'), nodeBirth());
  reader.read(topic('DBIRTH', 'motor'), deviceBirth(1));
}

describe('what births say', () => {
  test('names, values, units and times', () => {
    expect(told(reader.read(topic('NBIRTH'), nodeBirth()))).toEqual([[1, { bdSeq: 0, Load: 200 }]]);
    const birth = reader.read(topic('DBIRTH', 'motor'), deviceBirth(1));
    expect(birth).toEqual([
      {
        group: 'Hall',
        node: 'plc-1',
        device: 'motor',
        timeSeconds: 1,
        isHistorical: false,
        values: new Map([
          ['Vibration', 0.5],
          ['Speed', Number.NaN],
          ['On', 1],
        ]),
        current: new Map([
          ['Vibration', 0.5],
          ['Speed', Number.NaN],
          ['On', 1],
        ]),
        units: new Map([['Vibration', 'mm/s']]),
      },
    ]);
    expect(asked).toEqual([]);
  });

  test('data with aliases alone have their names, and types by which a negative number is one', () => {
    bear();
    const speed: Metric = { alias: 11, timestamp: 2500, value: { kind: 'int', value: 0xffff_fff6 } };
    const result = reader.read(topic('DDATA', 'motor'), data(2, vibration(0.75, 2500), speed));
    expect(told(result)).toEqual([[2.5, { Vibration: 0.75, Speed: -10 }]]);
    expect(result).toMatchObject([
      {
        current: new Map([
          ['Vibration', 0.75],
          ['Speed', -10],
          ['On', 1],
        ]),
      },
    ]);
  });

  test('a metric without a time has that of the payload', () => {
    bear();
    expect(told(reader.read(topic('DDATA', 'motor'), data(2, vibration(0.75))))).toEqual([[2, { Vibration: 0.75 }]]);
  });

  test('several times in one payload are told apart, the earliest first; stored values are no current ones', () => {
    bear();
    const stored = { ...vibration(9, 2500), isHistorical: true };
    const result = reader.read(topic('DDATA', 'motor'), data(2, vibration(3, 3000), vibration(2, 2000), stored));
    expect(told(result)).toEqual([
      [2, { Vibration: 2 }],
      [2.5, 'stored', { Vibration: 9 }],
      [3, { Vibration: 3 }],
    ]);
    expect(reader.read(topic('DDATA', 'motor'), data(3, stored))).toMatchObject([{ current: { size: 3 } }]);
  });

  test('the same device at two nodes is two (tck-id-topic-structure-namespace-duplicate-device-id-across-edge-node)', () => {
    bear();
    reader.read(topic('NBIRTH', undefined, 'plc-2'), nodeBirth());
    reader.read(topic('DBIRTH', 'motor', 'plc-2'), deviceBirth(1));
    reader.read(topic('DDATA', 'motor', 'plc-2'), data(2, vibration(7)));
    expect(reader.read(topic('DDATA', 'motor'), data(2, vibration(8)))).toMatchObject([
      {
        node: 'plc-1',
        current: new Map([
          ['Vibration', 8],
          ['Speed', Number.NaN],
          ['On', 1],
        ]),
      },
    ]);
  });

  test.skipIf(skip)('64 bits come as near as numbers can; a double, a date and no datatype', () => {
    const birth = encodeByProtoc(`timestamp: 5 seq: 0
      metrics { name: "low" datatype: 4 long_value: 18446744073709551615 }
      metrics { name: "high" datatype: 8 long_value: 18446744073709551615 }
      metrics { name: "date" datatype: 13 long_value: 1767225600123 }
      metrics { name: "double" datatype: 10 double_value: 0.1 }
      metrics { name: "typeless" int_value: 3 }`);
    expect(told(reader.read(topic('NBIRTH'), birth))).toEqual([
      [0.005, { low: -1, high: 2 ** 64, date: 1_767_225_600_123, double: 0.1 }],
    ]);
  });
});

describe('without the birth', () => {
  test.skipIf(skip)(
    'data are left out, and a rebirth is asked for: a command of the node, once (tck-id-topics-ncmd-timestamp, tck-id-topics-ncmd-payload, tck-id-topics-ncmd-mqtt, tck-id-payloads-ncmd-timestamp, tck-id-payloads-ncmd-seq, tck-id-payloads-ncmd-qos, tck-id-payloads-ncmd-retain, tck-id-payloads-name-cmd-requirement, tck-id-operational-behavior-data-commands-ncmd-rebirth-verb, tck-id-operational-behavior-data-commands-ncmd-rebirth-name, tck-id-operational-behavior-data-commands-ncmd-rebirth-value, tck-id-operational-behavior-data-commands-ncmd-verb, tck-id-operational-behavior-data-commands-ncmd-metric-name, tck-id-operational-behavior-data-commands-ncmd-metric-value)',
    () => {
      for (let seq = 0; seq < 5; seq++) expect(reader.read(topic('DDATA', 'motor'), data(seq, vibration(1)), 5000)).toEqual([]);
      expect(reader.counts).toEqual({ beforeBirth: 5, gaps: 0, asked: 1 });
      // No field `retain`: it cannot be said.
      expect(asked).toEqual([{ topic: 'spBv1.0/Hall/NCMD/plc-1', payload: expect.any(Uint8Array), qos: 0 }]);
      expect(decodeByProtoc([asked[0]!.payload])).toEqual([
        {
          timestamp: ['5000'],
          metrics: [{ name: ['Node Control/Rebirth'], timestamp: ['5000'], datatype: ['11'], boolean_value: ['true'] }],
        },
      ]);
    },
  );

  test('it is asked for again, less and less often, until it comes', () => {
    const times: number[] = [];
    for (let second = 0; second < 200; second++) {
      const before = asked.length;
      reader.read(topic('NDATA'), data(second % 256), second * 1000);
      if (asked.length > before) times.push(second);
    }
    expect(times).toEqual([0, 10, 30, 70, 150]);
    reader.read(topic('NBIRTH'), nodeBirth(), 200_000);
    reader.read(topic('DDATA', 'motor'), data(1), 400_000);
    expect(asked).toHaveLength(6);
  });

  test('a device or an alias that no birth has said: the node is asked', () => {
    bear();
    expect(reader.read(topic('DDATA', 'pump'), data(2, vibration(1)), 1)).toEqual([]);
    expect(asked).toHaveLength(1);
    const unknown: Metric = { alias: 99, value: { kind: 'float', value: 1 } };
    expect(told(reader.read(topic('DDATA', 'motor'), data(3, vibration(2), unknown), 20_000))).toEqual([[2, { Vibration: 2 }]]);
    expect(asked).toHaveLength(2);
  });

  test('an alias of another device is none of this one', () => {
    bear();
    reader.read(topic('DBIRTH', 'pump'), deviceBirth(2, 20));
    expect(reader.read(topic('DDATA', 'pump'), data(3, vibration(1)))).toEqual([]);
  });
});

describe('order and ends', () => {
  test('a number that is not the next: the data count, the node is asked', () => {
    bear();
    expect(told(reader.read(topic('DDATA', 'motor'), data(4, vibration(1)), 1))).toEqual([[2, { Vibration: 1 }]]);
    expect(reader.counts).toMatchObject({ gaps: 1, asked: 1 });
    reader.read(topic('DDATA', 'motor'), data(5, vibration(1)));
    expect(reader.counts.gaps).toBe(1);
  });

  test('255 is followed by 0', () => {
    bear();
    for (let i = 2; i < 300; i++) reader.read(topic('DDATA', 'motor'), data(i % 256, vibration(i)));
    expect(reader.counts.gaps).toBe(0);
  });

  test('a death of this birth ends node and devices; one of an earlier birth does not', () => {
    reader.read(topic('NBIRTH'), nodeBirth(3));
    reader.read(topic('DBIRTH', 'motor'), deviceBirth(1));
    expect(reader.read(topic('NDEATH'), death(2))).toEqual([]);
    expect(reader.read(topic('DDATA', 'motor'), data(2, vibration(1)))).toHaveLength(1);
    expect(reader.read(topic('NDEATH'), death(3))).toEqual([]);
    expect(reader.read(topic('DDATA', 'motor'), data(3, vibration(1)))).toEqual([]);
    expect(reader.counts.beforeBirth).toBe(1);
  });

  test('a device that died is not there until it is born again, with other aliases', () => {
    bear();
    expect(reader.read(topic('DDEATH', 'motor'), data(2))).toEqual([]);
    expect(reader.read(topic('DDATA', 'motor'), data(3, vibration(1)))).toEqual([]);
    reader.read(topic('DBIRTH', 'motor'), deviceBirth(4, 20));
    expect(reader.read(topic('DDATA', 'motor'), data(5, vibration(1)))).toEqual([]);
    expect(reader.read(topic('DDATA', 'motor'), data(6, { ...vibration(1), alias: 20 }))).toHaveLength(1);
  });
});

describe('hostile publishers', () => {
  test('what is refused has its reason', () => {
    expect(reader.read('spBv1.0/Hall/NDATA', data(0))).toBe('unknown-topic');
    expect(reader.read(topic('NDATA', undefined, 'x'.repeat(2000)), data(0))).toBe('unknown-topic');
    expect(reader.read(topic('NDATA'), Uint8Array.from([0xff]))).toBe('malformed');
    expect(reader.read(topic('NCMD'), Uint8Array.from([0xff]))).toEqual([]);
  });

  test('nodes, devices and metrics are limited; names that were never born give way to those that are', () => {
    const limits = { ...sparkplugReaderLimits, nodes: 3, devices: 2, metrics: 20 };
    reader = new SparkplugReader((message) => asked.push(message), limits);
    bear();
    for (let i = 0; i < 100; i++) expect(reader.read(topic('NDATA', undefined, `made-up-${i}`), data(0))).toEqual([]);
    expect(reader.read(topic('DBIRTH', 'b'), deviceBirth(2, 20))).toHaveLength(1);
    expect(reader.read(topic('DBIRTH', 'c'), deviceBirth(3, 30))).toBe('too-many-sensors');
    const many = Array.from({ length: 11 }, (_, i): Metric => ({ name: `m${i}`, datatype: dataTypes.Float, value: null }));
    expect(reader.read(topic('NBIRTH', undefined, 'plc-2'), data(0, ...many))).toBe('too-many-sensors');
    expect(reader.read(topic('NBIRTH', undefined, 'plc-2'), nodeBirth())).toHaveLength(1);
    expect(reader.read(topic('NBIRTH', undefined, 'plc-3'), nodeBirth())).toHaveLength(1);
    expect(reader.read(topic('NBIRTH', undefined, 'plc-4'), nodeBirth())).toBe('too-many-sensors');
    // What is born again takes no more.
    for (let i = 0; i < 10; i++) bear();
    expect(reader.read(topic('DBIRTH', 'b'), deviceBirth(2, 20))).toHaveLength(1);
  });

  test('fuzz: messages of all types with any bytes are read or refused', () => {
    const types = constantFrom('NBIRTH', 'NDEATH', 'NDATA', 'DBIRTH', 'DDEATH', 'DDATA', 'NCMD');
    const good = [nodeBirth(), deviceBirth(1), data(2, vibration(1))];
    assert(
      forAll(types, tuple(constantFrom(...good), uint8Array({ maxLength: 12 })), ([type], [base, noise]) => {
        const bytes = base.slice();
        for (const [i, byte] of noise.entries()) if (byte > 127) bytes[(i * 37) % bytes.length] = byte;
        for (const payload of [noise, bytes]) {
          const result = reader.read(topic(String(type), String(type).startsWith('D') ? 'motor' : undefined), payload);
          expect(['malformed', 'unknown-topic', 'too-many-sensors'].includes(String(result)) || Array.isArray(result)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test('what our own sink says is read back', () => {
  const device = new Device('pump-1', columnsOf(1), 64);
  const view = { device: 'pump-1', artifact: { name: 'pump', sha256: 'ab'.repeat(32), manifest: manifestOf('raw') }, last: null };
  reader.read(topic('NBIRTH'), nodeBirth());
  const birth = reader.read(topic('DBIRTH', 'pump-1'), encodePayload({ timestamp: 1, seq: 1, metrics: device.birth(view) }));
  expect(birth).toMatchObject([
    {
      units: new Map([
        ['Score', 'mm/s'],
        ['Threshold', 'mm/s'],
      ]),
    },
  ]);
  const message = scoreOf('pump-1', 5, 0.75, Date.now() + 1000);
  const { metrics } = device.data(message);
  expect(told(reader.read(topic('DDATA', 'pump-1'), encodePayload({ timestamp: 1, seq: 2, metrics })))).toEqual([
    [
      Date.parse(message.time!) / 1000,
      { Score: 0.75, Alarm: 1, Sequence: 5, Epoch: message.epoch, 'Contributors/1/Share': 0.75 },
    ],
  ]);
});
