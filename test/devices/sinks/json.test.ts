import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alarmSchema, scoreSchema, statusSchema } from '../../../devices/score-schema.ts';
import { startEmbeddedBroker } from '../../../devices/mqtt/embedded.ts';
import { eventually } from '../captured-log.ts';
import { missingMosquitto, openMosquitto, type Mosquitto } from '../mosquitto.ts';
import { openConnection } from '../mqtt/open-connection.ts';
import { makeSink, type SinkWorld } from './sink-world.ts';

const seqOf = (payload: string): number => scoreSchema.parse(JSON.parse(payload)).seq;

describe.skipIf(missingMosquitto() !== null)('the JSON sink', () => {
  let broker: Mosquitto;
  const sinks: SinkWorld[] = [];
  const make: typeof makeSink = (...words) => {
    const world = makeSink(...words);
    sinks.push(world);
    return world;
  };
  beforeAll(async () => void (broker = await openMosquitto({ settings: ['max_queued_messages 0'] })));
  afterAll(async () => {
    for (const { sink } of sinks) await sink.stop(0);
    await broker.dispose();
  });

  test.each(['5', '3.1.1'] as const)(
    'MQTT %s: scores, alarm states and the status are as the schemas say, and where the docs say',
    async (version) => {
      const node = `as-said-${version}`;
      const { sink, consumer, sensors } = make(broker.url, { connection: { version } }, node);
      const listener = await broker.listen(`sandglass/${node}/#`);
      sink.start();
      consumer.append([sensors.score('line/3 pump', 0.1, node)]);
      await listener.until((heard) => heard.length >= 3);
      consumer.append([sensors.score('line/3 pump', 0.9, node)]);
      await listener.until((heard) => heard.length >= 5);
      consumer.append([sensors.score('line/3 pump', 0.95, node)]);
      await listener.until((heard) => heard.length >= 6);
      await sink.stop(1000);
      await listener.until((heard) => heard.length === 7);
      listener.stop();
      const [status, ...rest] = listener.heard.map(({ topic, payload }) => [topic, JSON.parse(payload)] as const);
      expect(status?.[0]).toBe(`sandglass/${node}/status`);
      expect(statusSchema.parse(status?.[1])).toMatchObject({ node, state: 'online', version: '0.1.0' });
      const goodbye = rest.at(-1);
      expect([goodbye?.[0], statusSchema.parse(goodbye?.[1])]).toEqual([
        `sandglass/${node}/status`,
        { node, state: 'offline', reason: 'stopped' },
      ]);
      const scores = rest
        .filter(([topic]) => topic === `sandglass/${node}/line%2F3 pump/score`)
        .map(([, message]) => scoreSchema.parse(message));
      expect(scores.map(({ seq, alarm }) => [seq, alarm])).toEqual([
        [1, false],
        [2, true],
        [3, true],
      ]);
      const alarms = rest
        .filter(([topic]) => topic === `sandglass/${node}/line%2F3 pump/alarm`)
        .map(([, message]) => alarmSchema.parse(message));
      expect(alarms.map(({ device, alarm, score }) => [device, alarm, score])).toEqual([
        ['line/3 pump', false, 0.1],
        ['line/3 pump', true, 0.9],
      ]);
      expect(consumer.position).toBe(3);
    },
  );

  test('the published schemas are those of the code', () => {
    const schema: unknown = JSON.parse(readFileSync('docs/score.schema.json', 'utf8'));
    expect(schema).toMatchObject({
      required: ['node', 'device', 'epoch', 'seq', 'time', 'scoredAt', 'score', 'threshold', 'alarm', 'artifact'],
    });
  });

  test('a thousand records through a window of 20 or 512 come in order, once', async () => {
    for (const version of ['5', '3.1.1'] as const) {
      const node = `order-${version}`;
      const { sink, consumer, sensors } = make(broker.url, { connection: { version } }, node);
      const listener = await broker.listen(`sandglass/${node}/+/score`);
      consumer.append(Array.from({ length: 1000 }, (_, n) => sensors.score(`d${n % 3}`, 0.1, node)));
      sink.start();
      await listener.until((heard) => heard.length === 1000);
      for (const device of ['d0', 'd1', 'd2']) {
        const seqs = listener.heard.filter(({ topic }) => topic.includes(`/${device}/`)).map(({ payload }) => seqOf(payload));
        expect(seqs).toEqual(Array.from(seqs, (_, n) => n + 1));
      }
      await eventually(() => consumer.position === 1000);
      listener.stop();
    }
  });

  test('the will says offline when the connection breaks, and alarms are retained anew after it', async () => {
    const { sink, consumer, sensors } = make(broker.url, {}, 'breaks');
    const listener = await broker.listen('sandglass/breaks/#');
    sink.start();
    consumer.append([
      sensors.score('calm', 0.1, 'breaks'),
      sensors.score('loud', 0.9, 'breaks'),
      sensors.score('was-loud', 0.9, 'breaks'),
    ]);
    await eventually(() => consumer.position === 3);
    await listener.until((heard) => heard.filter(({ topic }) => topic.endsWith('/alarm')).length >= 3);
    const before = listener.heard.length;
    // Another client takes the id over, so that the broker cuts the sink off.
    const intruder = openConnection({ url: broker.url, clientId: 'sandglass-breaks-json' });
    await intruder.online();
    await eventually(() => sink.state.at !== 'online');
    // While it is away: one alarm ends, and its record is not read yet.
    consumer.append([sensors.score('was-loud', 0.1, 'breaks')]);
    await intruder.connection.close();
    await eventually(() => consumer.position === 4);
    const states = (): string[] =>
      listener.heard
        .slice(before)
        .filter(({ topic }) => topic.endsWith('/alarm'))
        .map(({ payload }) => JSON.parse(payload))
        .map(({ device, alarm }) => `${device} ${alarm}`);
    await listener.until(() => states().includes('was-loud false') && states().includes('loud true'));
    expect(states()).not.toContain('calm false');
    expect(states()).not.toContain('was-loud true');
    const said = listener.heard
      .filter(({ topic }) => topic.endsWith('/status'))
      .map(({ payload }) => statusSchema.parse(JSON.parse(payload)));
    expect(said.slice(0, 2).map(({ state, reason }) => [state, reason])).toEqual([
      ['online', undefined],
      ['offline', 'the connection broke'],
    ]);
    expect(said.at(-1)?.state).toBe('online');
    listener.stop();
  });

  // What a mosquitto that is killed has acknowledged but not written it has lost: then only the order can be held to account.
  test.each(['stop', 'kill'] as const)('a broker that is ended (%s) and started again and again under load', async (end) => {
    const own = await openMosquitto({ persistence: true, settings: ['max_queued_messages 0'] });
    const { sink, consumer, sensors, log } = make(own.url);
    const heard: { readonly device: string; readonly seq: number }[] = [];
    const subscriber = openConnection(
      { url: own.url, clientId: 'subscriber' },
      {
        sessionSeconds: 3600,
        online: ({ isPresent }) => {
          if (!isPresent) void subscriber.connection.subscribe([{ filter: 'sandglass/+/+/score', qos: 1, retained: false }]);
        },
        message(message) {
          subscriber.connection.acknowledge([message]);
          if (message.topic.includes('/end/')) return void (isOver = true);
          const { device, seq } = scoreSchema.parse(JSON.parse(message.payload.toString()));
          heard.push({ device, seq });
          return undefined;
        },
      },
    );
    let isOver = false;
    let made = 0;
    const make1000 = (): void => consumer.append(Array.from({ length: 1000 }, () => sensors.score(`d${made++ % 7}`, 0.1)));
    await subscriber.online();
    sink.start();
    for (let round = 0; round < 4; round++) {
      make1000();
      const target = consumer.position + 400;
      await eventually(() => consumer.position >= target, log);
      await own[end]();
      make1000();
      await own.start();
    }
    await eventually(() => consumer.position === made, log);
    // What the broker has for the subscriber comes before this.
    await sink.stop(0);
    own.publish('sandglass/n/end/score', ['end']);
    await eventually(() => isOver, log);
    const highest = new Map<string, number>();
    let gaps = 0;
    let repeated = 0;
    for (const { device, seq } of heard) {
      const last = highest.get(device) ?? 0;
      if (seq <= last) repeated++;
      else {
        gaps += seq - last - 1;
        highest.set(device, seq);
      }
    }
    // Once per connection at most a window of them comes again.
    expect(repeated).toBeLessThanOrEqual(2 * 4 * 512);
    const arrived = new Set(heard.map(({ device, seq }) => `${device} ${seq}`)).size;
    // None is missing, nor was one missing when a later one came.
    expect(end === 'stop' && (arrived < made || gaps > 0)).toBe(false);
    expect(sink.reconnects).toBeGreaterThanOrEqual(4);
    await subscriber.connection.close();
    await own.dispose();
  });

  test('not authorised: nothing is lost, the log says why, and it goes on when the broker allows it', async () => {
    const strict = await openMosquitto({ acl: ['topic readwrite sandglass/+/status'] });
    const { sink, consumer, sensors, log } = make(strict.url, { connection: { version: '5' } });
    sink.start();
    consumer.append([sensors.score('pump', 0.1)]);
    await eventually(() => sink.state.at === 'offline' && sink.state.attempts >= 2, log);
    expect(log.lines.join('\n')).toMatch(/not authorised/);
    expect([consumer.position, sink.skipped]).toEqual([0, 0]);
    // Waits between the attempts: not hundreds of them.
    expect(sink.reconnects).toBeLessThan(50);
    await sink.stop(0);
    await strict.dispose();
  });

  test('a record that is larger than the broker takes is left out, and counted; the next one goes on', async () => {
    const small = await openMosquitto({ settings: ['max_packet_size 600'] });
    const { sink, consumer, sensors, log } = make(small.url, { connection: { version: '5' } });
    consumer.append([sensors.score('pump', 0.1), sensors.score('x'.repeat(400), 0.1), sensors.score('pump', 0.2)]);
    sink.start();
    await eventually(() => consumer.position === 3, log);
    expect(sink.skipped).toBe(1);
    expect(log.lines.filter((line) => line.includes('a record is left out'))).toHaveLength(1);
    await sink.stop(0);
    await small.dispose();
  });

  test('stop delivers what is left within its time, and leaves the rest in the spool', async () => {
    const first = make(broker.url, {}, 'stops');
    first.consumer.append(Array.from({ length: 3000 }, () => first.sensors.score('pump', 0.1, 'stops')));
    first.sink.start();
    await eventually(() => first.sink.state.at === 'online');
    await first.sink.stop(10_000);
    expect([first.consumer.position, first.sink.state.at]).toEqual([3000, 'closed']);
    const never = make('mqtt://127.0.0.1:1', {}, 'never');
    never.consumer.append([never.sensors.score('pump', 0.1)]);
    never.sink.start();
    await never.sink.stop(10_000);
    expect(never.consumer.position).toBe(0);
  });

  test('Home Assistant is told of each sensor, again when it says that it has started, and when a sensor is gone', async () => {
    const { sink, consumer, sensors } = make(broker.url, { homeAssistant: { prefix: 'ha' } }, 'home');
    const listener = await broker.listen('ha/device/#');
    consumer.append([sensors.score('pump 1', 0.1, 'home')]);
    sink.start();
    await listener.until((heard) => heard.length === 1);
    expect(listener.heard[0]?.topic).toMatch(/^ha\/device\/sandglass_home_pump_1_[0-9a-f]{8}\/config$/);
    expect(JSON.parse(listener.heard[0]?.payload ?? '')).toMatchSnapshot();
    broker.publish('ha/status', ['offline', 'online']);
    await listener.until((heard) => heard.length === 2);
    consumer.append([sensors.score('pump 2', 0.1, 'home')]);
    await listener.until((heard) => heard.length === 3);
    sensors.remove('pump 1');
    await listener.until((heard) => heard.length === 4);
    expect(listener.heard.map(({ payload }) => payload === '')).toEqual([false, false, false, true]);
    listener.stop();
    const late = await broker.listen('ha/device/#');
    await late.until((heard) => heard.length === 1);
    expect(late.heard.map(({ retained, payload }) => [retained, JSON.parse(payload).device.name])).toEqual([[true, 'pump 2']]);
    late.stop();
  });
});

test('with the embedded broker: a score arrives, and the status is retained', async () => {
  const broker = await startEmbeddedBroker();
  const { sink, consumer, sensors } = makeSink(broker.url);
  sink.start();
  consumer.append([sensors.score('pump', 0.9)]);
  await eventually(() => consumer.position === 1);
  const page = openConnection({ url: broker.webSocketUrl, clientId: 'page' });
  await page.online();
  await page.connection.subscribe([{ filter: 'sandglass/#', qos: 1, retained: true }]);
  await eventually(() => page.messages.length === 2);
  expect(page.messages.map(({ topic, retain }) => [topic, retain]).toSorted()).toEqual([
    ['sandglass/gateway-7/pump/alarm', true],
    ['sandglass/gateway-7/status', true],
  ]);
  await page.connection.close();
  await sink.stop(100);
  await broker.close();
});
