import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { columnsOf } from '../../../devices/sinks/sparkplug/columns.ts';
import { missingBroker, openBroker, type Broker } from './broker.ts';
import { liveOnce, node } from './life.ts';
import { missingProtoc, type Printed } from './protoc.ts';
import { Host, metricOf, type Heard } from './world.ts';

// One life of an edge node at a real broker, as a host hears it; protoc decodes it, and the broker's log says how it came.

let broker: Broker;
let host: Host;
/** All that the edge node said, in order. */
let ours: readonly Heard[] = [];
/** The broker's. */
let log = '';
let startedAt = 0;
let endedAt = 0;

const devices = ['pump-1', 'pump-2'];
const skip = missingBroker() !== null || missingProtoc() !== null;

beforeAll(async () => {
  if (skip) return;
  broker = await openBroker();
  host = await Host.open(broker.url);
  startedAt = Date.now();
  await liveOnce(broker.url, host);
  endedAt = Date.now();
  log = broker.log();
  ours = host.heard(node);
});

afterAll(async () => {
  await host?.close();
  await broker?.dispose();
});

const of = (...types: readonly string[]): readonly Heard[] => {
  const found = ours.filter(({ type }) => types.includes(type));
  if (found.length === 0) throw new Error(`no ${types.join(', ')}`);
  return found;
};

const isIn = (metric: Printed, ...fields: readonly string[]): boolean => fields.every((field) => metric[field]?.length === 1);

const valueFields = ['int_value', 'long_value', 'float_value', 'double_value', 'boolean_value', 'string_value'];
const hasOneValue = (metric: Printed): boolean =>
  valueFields.filter((field) => field in metric).length === (metric['is_null']?.[0] === 'true' ? 0 : 1);

/** Lines of the broker's log on what this edge node published. */
const published = (type: string): readonly string[] =>
  log.split('\n').filter((line) => line.includes(`Received PUBLISH from ${node}`) && line.includes(`/${type}/`));

describe.skipIf(skip)('topics', () => {
  test('of the node (tck-id-topics-nbirth-topic, tck-id-topics-ndata-topic, tck-id-topics-ndeath-topic, tck-id-message-flow-edge-node-birth-publish-nbirth-topic)', () => {
    for (const type of ['NBIRTH', 'NDATA', 'NDEATH']) {
      expect(new Set(of(type).map(({ topic }) => topic))).toEqual(new Set([`spBv1.0/Plant/${type}/${node}`]));
    }
  });

  test('of devices, which are of the node that was born before (tck-id-topics-dbirth-topic, tck-id-topics-ddata-topic, tck-id-topics-ddeath-topic, tck-id-message-flow-device-birth-publish-dbirth-topic, tck-id-message-flow-device-birth-publish-dbirth-match-edge-node-topic)', () => {
    for (const { topic, type } of of('DBIRTH', 'DDATA', 'DDEATH')) {
      expect(topic).toMatch(new RegExp(`^spBv1\\.0/Plant/${type}/${node}/pump-[123]$`));
    }
  });
});

describe.skipIf(skip)('MQTT', () => {
  test('a clean session in 3.1.1 (tck-id-principles-persistence-clean-session-311)', () => {
    expect(log).toMatch(new RegExp(`New client connected from \\S+ as ${node}-3\\.1\\.1 \\(p2, c1, `));
  });

  test('the death is the will: QoS 1, not retained (tck-id-message-flow-edge-node-birth-publish-will-message, tck-id-message-flow-edge-node-birth-publish-will-message-topic, tck-id-message-flow-edge-node-birth-publish-will-message-qos, tck-id-message-flow-edge-node-birth-publish-will-message-will-retained, tck-id-payloads-ndeath-will-message, tck-id-payloads-ndeath-will-message-qos, tck-id-payloads-ndeath-will-message-retain)', () => {
    const connected = log.slice(log.indexOf(`as ${node}-3.1.1 `));
    expect(connected.split('\n').slice(1, 3).join('\n')).toMatch(
      new RegExp(`Will message specified \\(\\d+ bytes\\) \\(r0, q1\\)\\.\n\\d+: \tspBv1\\.0/Plant/NDEATH/${node}`),
    );
  });

  test('it subscribes to its commands at QoS 1 before it is born (tck-id-message-flow-edge-node-ncmd-subscribe)', () => {
    expect(log).toContain(`\tspBv1.0/Plant/NCMD/${node} (QoS 1)`);
    expect(log.indexOf(`NCMD/${node} (QoS 1)`)).toBeLessThan(log.indexOf(published('NBIRTH')[0]!));
  });

  test('births of the node have QoS 0 and are not retained (tck-id-topics-nbirth-mqtt, tck-id-payloads-nbirth-qos, tck-id-payloads-nbirth-retain, tck-id-message-flow-edge-node-birth-publish-nbirth-qos, tck-id-message-flow-edge-node-birth-publish-nbirth-retained)', () => {
    expect(published('NBIRTH')).toHaveLength(2);
    for (const line of published('NBIRTH')) expect(line).toContain('(d0, q0, r0, ');
  });

  test('births of devices have QoS 0 and are not retained (tck-id-topics-dbirth-mqtt, tck-id-payloads-dbirth-qos, tck-id-payloads-dbirth-retain, tck-id-message-flow-device-birth-publish-dbirth-qos, tck-id-message-flow-device-birth-publish-dbirth-retained)', () => {
    expect(published('DBIRTH')).toHaveLength(5);
    for (const line of published('DBIRTH')) expect(line).toContain('(d0, q0, r0, ');
  });

  test('data of the node have QoS 0 and are not retained (tck-id-topics-ndata-mqtt, tck-id-payloads-ndata-qos, tck-id-payloads-ndata-retain)', () => {
    expect(published('NDATA').length).toBeGreaterThan(0);
    for (const line of published('NDATA')) expect(line).toContain('(d0, q0, r0, ');
  });

  test('data of devices have QoS 0 and are not retained (tck-id-topics-ddata-mqtt, tck-id-payloads-ddata-qos, tck-id-payloads-ddata-retain)', () => {
    expect(published('DDATA').length).toBeGreaterThan(264);
    for (const line of published('DDATA')) expect(line).toContain('(d0, q0, r0, ');
  });

  test('deaths of devices have QoS 0 and are not retained (tck-id-topics-ddeath-mqtt)', () => {
    expect(published('DDEATH')).toHaveLength(1);
    for (const line of published('DDEATH')) expect(line).toContain('(d0, q0, r0, ');
  });

  test('stopped, it publishes its death and then disconnects (tck-id-operational-behavior-edge-node-intentional-disconnect-packet, tck-id-payloads-ndeath-will-message-publisher, tck-id-payloads-ndeath-will-message-publisher-disconnect-mqtt311)', () => {
    const [death] = published('NDEATH');
    expect(published('NDEATH')).toHaveLength(1);
    expect(death).toContain('(d0, q1, r0, ');
    expect(log.indexOf(death!)).toBeLessThan(log.indexOf(`Received DISCONNECT from ${node}-3.1.1`));
    expect(ours.at(-1)!.type).toBe('NDEATH');
  });
});

describe.skipIf(skip)('the order of messages', () => {
  test('births come first, in a connection that stands (tck-id-principles-birth-certificates-order, tck-id-message-flow-edge-node-birth-publish-connect, tck-id-message-flow-device-birth-publish-nbirth-wait)', () => {
    expect(ours.slice(0, 3).map(({ type }) => type)).toEqual(['NBIRTH', 'DBIRTH', 'DBIRTH']);
    const first = log.split('\n').find((line) => line.includes(`Received PUBLISH from ${node}`));
    expect(first).toContain('/NBIRTH/');
    expect(log.indexOf('Sending CONNACK to gateway-7')).toBeLessThan(log.indexOf(first!));
  });

  test('all devices are born behind the node and before any data, at the start and at a rebirth (tck-id-payloads-dbirth-order, tck-id-payloads-ndata-order, tck-id-payloads-ddata-order, tck-id-operational-behavior-data-commands-rebirth-action-1, tck-id-operational-behavior-data-commands-rebirth-action-2)', () => {
    const starts = ours.flatMap(({ type }, i) => (type === 'NBIRTH' ? [i] : []));
    expect(starts).toHaveLength(2);
    for (const start of starts) {
      const behind = ours.slice(start + 1, start + 3);
      expect(behind.map(({ type }) => type)).toEqual(['DBIRTH', 'DBIRTH']);
      expect(behind.map(({ device }) => device)).toEqual(devices);
    }
  });

  test('the node’s birth is number 0 (tck-id-topics-nbirth-seq-num, tck-id-payloads-nbirth-seq, tck-id-payloads-sequence-num-req-nbirth)', () => {
    expect(of('NBIRTH').map(({ seq }) => seq)).toEqual([0, 0]);
  });

  test('each message has the number behind the last one’s, 0 behind 255; deaths of the node have none (tck-id-payloads-sequence-num-always-included, tck-id-topics-dbirth-seq, tck-id-payloads-dbirth-seq, tck-id-payloads-dbirth-seq-inc, tck-id-message-flow-device-birth-publish-dbirth-payload-seq, tck-id-topics-ndata-seq-num, tck-id-payloads-ndata-seq, tck-id-payloads-ndata-seq-inc, tck-id-topics-ddata-seq-num, tck-id-payloads-ddata-seq, tck-id-payloads-ddata-seq-inc, tck-id-topics-ddeath-seq-num, tck-id-payloads-ddeath-seq, tck-id-payloads-ddeath-seq-inc, tck-id-payloads-ddeath-seq-number)', () => {
    let last = 255;
    let wraps = 0;
    for (const { type, seq } of ours.slice(0, -1)) {
      const expected = type === 'NBIRTH' ? 0 : (last + 1) % 256;
      expect({ type, seq }).toEqual({ type, seq: expected });
      if (type !== 'NBIRTH' && expected === 0) wraps++;
      last = expected;
    }
    expect(wraps).toBe(1);
    expect(new Set(ours.map(({ type }) => type))).toEqual(new Set(['NBIRTH', 'DBIRTH', 'NDATA', 'DDATA', 'DDEATH', 'NDEATH']));
  });
});

describe.skipIf(skip)('what the node says', () => {
  test('protoc decodes births, with a time (tck-id-message-flow-edge-node-birth-publish-nbirth-payload, tck-id-message-flow-device-birth-publish-dbirth-payload)', () => {
    for (const { metrics } of of('NBIRTH', 'DBIRTH')) expect(metrics.length).toBeGreaterThan(3);
  });

  test('each payload has the time at which it was sent, in UTC (tck-id-payloads-timestamp-in-UTC, tck-id-topics-nbirth-timestamp, tck-id-payloads-nbirth-timestamp, tck-id-topics-dbirth-timestamp, tck-id-payloads-dbirth-timestamp, tck-id-topics-ndata-timestamp, tck-id-payloads-ndata-timestamp, tck-id-topics-ddata-timestamp, tck-id-payloads-ddata-timestamp, tck-id-payloads-ddeath-timestamp)', () => {
    for (const { timestamp, at } of ours) {
      expect(timestamp).toBeGreaterThanOrEqual(startedAt);
      expect(timestamp).toBeLessThanOrEqual(Math.min(at, endedAt));
    }
  });

  test('the birth has name, type, time and value of each metric (tck-id-topics-nbirth-metrics, tck-id-topics-dbirth-metrics, tck-id-payloads-metric-datatype-req, tck-id-payloads-name-requirement)', () => {
    for (const { metrics } of of('NBIRTH', 'DBIRTH')) {
      for (const metric of metrics) {
        expect(isIn(metric, 'name', 'datatype', 'timestamp')).toBe(true);
        expect(hasOneValue(metric)).toBe(true);
      }
    }
  });

  test('bdSeq is an Int64 without alias: 0 at the first CONNECT (tck-id-topics-nbirth-bdseq-included, tck-id-payloads-nbirth-bdseq, tck-id-topics-nbirth-bdseq-increment, tck-id-message-flow-edge-node-birth-publish-nbirth-payload-bdSeq)', () => {
    for (const birth of of('NBIRTH')) {
      expect(metricOf(birth, 'bdSeq')).toEqual({
        name: ['bdSeq'],
        timestamp: [expect.any(String)],
        datatype: ['4'],
        long_value: ['0'],
      });
    }
  });

  test('the rebirth command is a Boolean, false, without alias (tck-id-topics-nbirth-rebirth-metric, tck-id-payloads-nbirth-rebirth-req, tck-id-operational-behavior-data-commands-rebirth-name, tck-id-operational-behavior-data-commands-rebirth-name-aliases, tck-id-operational-behavior-data-commands-rebirth-datatype, tck-id-operational-behavior-data-commands-rebirth-value)', () => {
    for (const birth of of('NBIRTH')) {
      const name = 'Node Control/Rebirth';
      expect(metricOf(birth, name)).toEqual({
        name: [name],
        timestamp: [expect.any(String)],
        datatype: ['11'],
        boolean_value: ['false'],
      });
    }
  });

  test('the death has bdSeq alone, that of the birth, and no number (tck-id-topics-ndeath-payload, tck-id-topics-ndeath-seq, tck-id-payloads-ndeath-seq, tck-id-payloads-ndeath-bdseq)', () => {
    const [death] = of('NDEATH');
    expect(death!.seq).toBeNull();
    expect(death!.metrics).toHaveLength(1);
    expect(metricOf(death!, 'bdSeq')['long_value']).toEqual(metricOf(of('NBIRTH')[1]!, 'bdSeq')['long_value']);
  });

  test('the birth has every metric that NDATA ever has (tck-id-topics-nbirth-metric-reqs, tck-id-operational-behavior-data-publish-nbirth)', () => {
    const known = new Set(of('NBIRTH')[0]!.metrics.map(({ alias }) => alias?.[0]));
    for (const { metrics } of of('NDATA')) for (const { alias } of metrics) expect(known).toContain(alias![0]);
  });

  test('NDATA come when the number of sensors changes, and say only that (tck-id-topics-ndata-payload, tck-id-operational-behavior-data-publish-nbirth-change)', () => {
    const alias = metricOf(of('NBIRTH')[0]!, 'Sensors')['alias'];
    const sensors = of('NDATA').map(({ metrics }) => metrics);
    expect(sensors.map((metrics) => metrics.length)).toEqual(sensors.map(() => 1));
    expect(sensors.map(([metric]) => metric!['alias'])).toEqual(sensors.map(() => alias));
    expect(sensors.map(([metric]) => metric!['int_value']![0])).toEqual(['3', '2']);
    expect(metricOf(of('NBIRTH')[1]!, 'Sensors')['int_value']).toEqual(['2']);
  });
});

describe.skipIf(skip)('what devices say', () => {
  test('the birth has every metric that DDATA ever has (tck-id-topics-dbirth-metric-reqs, tck-id-operational-behavior-data-publish-dbirth)', () => {
    for (const device of devices) {
      const birth = of('DBIRTH').find((message) => message.device === device);
      const known = new Set(birth!.metrics.map(({ alias }) => alias![0]));
      const data = of('DDATA').filter((message) => message.device === device);
      expect(data.length).toBeGreaterThan(3);
      for (const { metrics } of data) for (const { alias } of metrics) expect(known).toContain(alias![0]);
    }
  });

  test('what a birth does not know is null, without a value (tck-id-operational-behavior-data-publish-nbirth-values, tck-id-operational-behavior-data-publish-dbirth-values)', () => {
    const [first, second] = of('DBIRTH');
    expect(metricOf(first!, 'Score')).toMatchObject({ double_value: ['0.25'], timestamp: ['1767225600500'] });
    expect(metricOf(second!, 'Score')).not.toHaveProperty('double_value');
    expect(metricOf(second!, 'Score')['is_null']).toEqual(['true']);
    expect(metricOf(second!, 'Alarm')).toMatchObject({ boolean_value: ['false'] });
    for (const { metrics } of of('NBIRTH', 'DBIRTH')) for (const metric of metrics) expect(hasOneValue(metric)).toBe(true);
  });

  test('a rebirth has what is so now', () => {
    const again = of('DBIRTH').filter(({ device }) => device === 'pump-1')[1]!;
    expect(metricOf(again, 'Score')['double_value']).toEqual(['0.3']);
    expect(metricOf(again, 'Sequence')['long_value']).toEqual(['4']);
    expect(metricOf(again, 'Epoch')['long_value']).toEqual(['1767225600000']);
  });

  test('data hold what changed, and the sequence number (tck-id-topics-ddata-payload, tck-id-operational-behavior-data-publish-dbirth-change, tck-id-principles-rbe-recommended)', () => {
    const [birth] = of('DBIRTH');
    const name = new Map(birth!.metrics.map((metric) => [metric['alias']![0], metric['name']![0]]));
    const said = of('DDATA')
      .filter(({ device }) => device === 'pump-1')
      .map(({ metrics }) => metrics.map(({ alias }) => name.get(alias![0])));
    const why = ['Contributors/1/Channel', 'Contributors/1/Share'];
    expect(said).toEqual([
      ['Score', 'Sequence', 'Epoch'],
      ['Score', 'Alarm', 'Sequence', ...why],
      ['Score', 'Alarm', 'Sequence', ...why],
      ['Score', 'Sequence'],
    ]);
  });

  test('data have aliases, no names and no types; times in any case (tck-id-payloads-alias-data-cmd-requirement, tck-id-payloads-metric-datatype-not-req, tck-id-payloads-name-birth-data-requirement, tck-id-payloads-metric-timestamp-in-UTC)', () => {
    for (const { metrics, at } of of('NDATA', 'DDATA')) {
      for (const metric of metrics) {
        expect(metric).not.toHaveProperty('name');
        expect(metric).not.toHaveProperty('datatype');
        expect(isIn(metric, 'alias', 'timestamp')).toBe(true);
        expect(Number(metric['timestamp']![0])).toBeLessThanOrEqual(at);
        expect(Number(metric['timestamp']![0])).toBeGreaterThan(startedAt - 1000);
      }
    }
  });

  test('an alias is one metric’s alone in the whole node, and stands beside its name in births (tck-id-payloads-alias-uniqueness, tck-id-payloads-alias-birth-requirement)', () => {
    const owners = new Map<string, string>();
    for (const { device, metrics } of of('NBIRTH', 'DBIRTH')) {
      for (const { name, alias } of metrics) {
        if (name![0] === 'bdSeq' || name![0] === 'Node Control/Rebirth') continue;
        const owner = `${device} ${name![0]}`;
        expect(owners.get(String(alias![0])) ?? owner).toBe(owner);
        owners.set(String(alias![0]), owner);
      }
    }
    expect(owners.size).toBe(3 + 3 * 14);
  });

  test('values are in the order of time (tck-id-operational-behavior-data-publish-nbirth-order, tck-id-operational-behavior-data-publish-dbirth-order)', () => {
    for (const { metrics } of of('NBIRTH', 'NDATA', 'DBIRTH', 'DDATA')) {
      const times = metrics.filter((metric) => !('is_historical' in metric)).map(({ timestamp }) => Number(timestamp![0]));
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
  });

  test('no score: null, of bad quality, with the reason; the next one is good again (tck-id-payloads-propertyset-quality-value-type, tck-id-payloads-propertyset-quality-value-value)', () => {
    const [, , none, again] = of('DDATA').filter(({ device }) => device === 'pump-1');
    expect(none!.metrics[0]).toMatchObject({
      is_null: ['true'],
      properties: [
        {
          keys: ['Quality', 'Reason'],
          values: [
            { type: ['3'], int_value: ['0'] },
            { type: ['12'], string_value: ['the window holds values that the sensor did not give'] },
          ],
        },
      ],
    });
    expect(again!.metrics[0]).toMatchObject({
      double_value: ['0.3'],
      properties: [{ keys: ['Quality'], values: [{ type: ['3'], int_value: ['192'] }] }],
    });
  });

  test('scores have the unit of what they compare', () => {
    const unit = [{ keys: ['engUnit'], values: [{ type: ['12'], string_value: ['mm/s'] }] }];
    expect(metricOf(of('DBIRTH')[0]!, 'Score')['properties']).toEqual(unit);
    expect(metricOf(of('DBIRTH')[0]!, 'Threshold')['properties']).toEqual(unit);
  });

  test('a sensor that is given up dies (tck-id-operational-behavior-device-ddeath)', () => {
    expect(of('DDEATH').map(({ device }) => device)).toEqual(['pump-3']);
  });
});

test('no two metrics have the same name but for capitals (tck-id-case-sensitivity-metric-names)', () => {
  const names = columnsOf(20).map(({ name }) => name.toLowerCase());
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeLessThanOrEqual(64);
});
