import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Recent } from '../../../devices/mqtt/recent.ts';
import { connectionDefaults, type ConnectionOptions } from '../../../devices/mqtt/options.ts';
import { MqttSource, mqttSourceDefaults, type MqttSourceOptions } from '../../../devices/sources/mqtt.ts';
import type { SourceReceiver } from '../../../devices/sources/define.ts';
import { captureLog, eventually, type CapturedLog } from '../captured-log.ts';
import { missingMosquitto, openMosquitto, type Mosquitto } from '../mosquitto.ts';

/** A receiver of which the test says when samples are written, and when the source hears of it. */
class TestReceiver implements SourceReceiver {
  readonly refused: string[] = [];
  readonly taken: string[] = [];
  /** What is on disk: the mark. */
  written: string | null = null;
  asked = 0;
  #waiting: (() => void)[] | null = null;
  #marking: (() => void) | null = null;

  take(): void {}
  refuse(reason: string, detail: string): void {
    this.refused.push(`${reason} ${detail}`);
  }
  mark(_: string, position: string): void {
    this.written = position;
  }
  markMore(_: string, more: string): void {
    this.written = (this.written ?? '') + more;
  }
  beforeWriting(listener: () => void): void {
    this.#marking = listener;
  }
  safe(): Promise<void> {
    this.asked++;
    const waiting = this.#waiting;
    if (waiting !== null) return new Promise((resolve) => waiting.push(resolve));
    this.write();
    return Promise.resolve();
  }
  write(): void {
    this.#marking?.();
  }
  hold(): void {
    this.#waiting = [];
  }
  letGo(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    this.write();
    for (const resolve of waiting) resolve();
  }
}

interface Started {
  readonly source: MqttSource;
  readonly receiver: TestReceiver;
  readonly log: CapturedLog;
}

type StartOptions = Partial<Omit<MqttSourceOptions, 'connection'>> & {
  readonly connection?: Partial<ConnectionOptions>;
  readonly mark?: string | null;
  readonly filters?: readonly string[];
  readonly throws?: boolean;
};

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => String(from + n));

/** Something on the way to the broker that can be cut, as by a crash of the process: without a goodbye. */
async function cuttable(port: number): Promise<{ readonly url: string; cut(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connect(port, '127.0.0.1');
    for (const end of [socket, onward]) sockets.add(end.on('error', () => {}));
    socket.pipe(onward).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `mqtt://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    cut() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

describe.skipIf(missingMosquitto() !== null)('the MQTT source', () => {
  let broker: Mosquitto;
  const sources: MqttSource[] = [];
  beforeAll(
    async () => void (broker = await openMosquitto({ settings: ['max_inflight_messages 200', 'max_queued_messages 10000'] })),
  );
  afterAll(async () => {
    await Promise.all(sources.map((source) => source.stop()));
    await broker.dispose();
  });

  async function start(
    topic: string,
    { connection = {}, mark = null, filters, throws = false, ...options }: StartOptions = {},
  ): Promise<Started> {
    const [receiver, log] = [new TestReceiver(), captureLog()];
    const backoff = { firstSeconds: 0.02, maxSeconds: 0.1, stableSeconds: 30 };
    const source = new MqttSource(
      topic,
      'gateway-7',
      { ...mqttSourceDefaults, ...options, connection: { ...connectionDefaults, url: broker.url, backoff, ...connection } },
      {
        filters: filters ?? [`${topic}/#`],
        receive(_, payload) {
          receiver.taken.push(Buffer.from(payload).toString());
          if (throws) throw new Error('a decoder of a test');
        },
      },
      { log, maxPayloadBytes: 1000 },
    );
    sources.push(source);
    await source.start(receiver, mark);
    await eventually(() => log.lines.some((line) => line.startsWith('info subscribed')), log);
    return { source, receiver, log };
  }

  const versions = ['5', '3.1.1'] as const;

  test.each(versions)(
    'MQTT %s: many messages are taken, in order, before the first is safe, and acknowledged together',
    async (version) => {
      const { receiver } = await start(`many-${version}`, { connection: { version }, receiveMaximum: 200 });
      receiver.hold();
      broker.publish(`many-${version}/a`, numbers(0, 500));
      // As many as the broker has on their way.
      await eventually(() => receiver.taken.length === 200);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect([receiver.taken.length, receiver.asked]).toEqual([200, 1]);
      receiver.letGo();
      await eventually(() => receiver.taken.length === 500);
      expect(receiver.taken).toEqual(numbers(0, 500));
    },
  );

  test('receiveMaximum bounds what the broker sends before the first is safe (MQTT 5)', async () => {
    const { receiver } = await start('bounded', { receiveMaximum: 7 });
    receiver.hold();
    broker.publish('bounded/a', numbers(0, 50));
    await eventually(() => receiver.taken.length === 7);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(receiver.taken).toHaveLength(7);
    receiver.letGo();
    await eventually(() => receiver.taken.length === 50);
  });

  test('a flood of QoS 0 is held where it does not get safe, and goes on in order', async () => {
    const { receiver } = await start('flood', { qos: 0, maxUnsafe: 10 });
    receiver.hold();
    broker.publish('flood/a', numbers(0, 200));
    await eventually(() => receiver.taken.length === 10);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(receiver.taken).toHaveLength(10);
    receiver.letGo();
    await eventually(() => receiver.taken.length === 200);
    expect(receiver.taken).toEqual(numbers(0, 200));
  });

  test.each(versions)('MQTT %s: after a crash only what was not written is taken again', async (version) => {
    const way = await cuttable(broker.port);
    const topic = `crash-${version}`;
    const before = await start(topic, { connection: { version, url: way.url } });
    before.receiver.hold();
    broker.publish(`${topic}/a`, numbers(0, 100));
    await eventually(() => before.receiver.taken.length === 100);
    before.receiver.write();
    broker.publish(`${topic}/a`, numbers(100, 150));
    await eventually(() => before.receiver.taken.length === 150);
    way.cut();
    broker.publish(`${topic}/a`, numbers(150, 160));
    const { written } = before.receiver;
    before.receiver.letGo();
    const after = await start(topic, { connection: { version }, mark: written });
    await eventually(() => after.receiver.taken.length >= 60, after.log);
    expect(after.receiver.taken).toEqual(numbers(100, 160));
    await after.source.stop();
    const later = await start(topic, { connection: { version }, mark: after.receiver.written });
    broker.publish(`${topic}/a`, ['last']);
    await eventually(() => later.receiver.taken.length > 0);
    expect(later.receiver.taken).toEqual(['last']);
  });

  test.each(versions)('MQTT %s: after a lost connection nothing is taken twice, and what came in between is', async (version) => {
    const way = await cuttable(broker.port);
    const topic = `lost-${version}`;
    const { receiver, source } = await start(topic, { connection: { version, url: way.url } });
    receiver.hold();
    broker.publish(`${topic}/a`, numbers(0, 100));
    await eventually(() => receiver.taken.length === 100);
    way.cut();
    await eventually(() => source.state.at !== 'online');
    broker.publish(`${topic}/a`, numbers(100, 120));
    receiver.letGo();
    await source.stop();
    const again = await start(topic, { connection: { version }, mark: receiver.written });
    await eventually(() => again.receiver.taken.length === 20);
    expect(again.receiver.taken).toEqual(numbers(100, 120));
  });

  test('what comes while the source is away is there when it is back; stop leaves nothing unacknowledged that is safe', async () => {
    const first = await start('away');
    broker.publish('away/a', numbers(0, 10));
    await eventually(() => first.receiver.taken.length === 10);
    await first.source.stop();
    broker.publish('away/a', numbers(10, 20));
    const second = await start('away');
    await eventually(() => second.receiver.taken.length === 10);
    expect(second.receiver.taken).toEqual(numbers(10, 20));
  });

  test('samples that do not get safe are not acknowledged, and asked for again', async () => {
    const { receiver, log } = await start('full-disk');
    const safe = receiver.safe.bind(receiver);
    let failures = 0;
    receiver.safe = () => (failures++ === 0 ? Promise.reject(new Error('ENOSPC')) : safe());
    broker.publish('full-disk/a', numbers(0, 3));
    await eventually(() => receiver.asked > 0);
    expect(log.lines.join('\n')).toContain(
      'samples are not safe on disk: they are not acknowledged yet {"source":"full-disk","error":"Error: ENOSPC"}',
    );
  });

  test.each(versions)('MQTT %s: retained messages are left out, or taken where that is wanted', async (version) => {
    for (const topic of [`kept-${version}`, `wanted-${version}`]) broker.retain(`${topic}/a`, 'old');
    const left = await start(`kept-${version}`, { connection: { version } });
    const wanted = await start(`wanted-${version}`, { connection: { version }, retained: 'take' });
    await eventually(() => wanted.receiver.taken.length === 1);
    broker.publish(`kept-${version}/a`, ['new']);
    await eventually(() => left.receiver.taken.length > 0);
    expect([left.receiver.taken, wanted.receiver.taken]).toEqual([['new'], ['old']]);
  });

  test.each(versions)('MQTT %s: a payload that is too large is refused and counted, and those after it come', async (version) => {
    const { receiver } = await start(`large-${version}`, { connection: { version } });
    broker.publish(`large-${version}/a`, ['x'.repeat(1001), 'y'.repeat(1000)]);
    await eventually(() => receiver.taken.length === 1);
    expect(receiver.refused).toEqual([`too-large large-${version}/a: 1001 bytes`]);
    expect(receiver.taken[0]).toHaveLength(1000);
  });

  test('a decoder that throws is our mistake: it is logged, and the next message comes', async () => {
    const { receiver, log } = await start('throws', { throws: true });
    broker.publish('throws/a', ['1', '2']);
    await eventually(() => receiver.refused.length === 2);
    expect(log.lines.join('\n')).toContain('internal: a message broke its decoder');
  });

  test('filters that are no longer wanted are given back, though the session still has them', async () => {
    const wide = await start('rules', { filters: ['rules/#'] });
    broker.publish('rules/a', ['1']);
    await eventually(() => wide.receiver.taken.length === 1 && wide.receiver.written !== null);
    await wide.source.stop();
    const narrow = await start('rules', { filters: ['rules/b'], mark: wide.receiver.written });
    broker.publish('rules/a', ['2']);
    broker.publish('rules/b', ['3']);
    await eventually(() => narrow.receiver.taken.length > 0);
    expect(narrow.receiver.taken).toEqual(['3']);
  });
});

const message = (id: number, text: string, dup = false) =>
  ({ topic: 't', payload: Buffer.from(text), qos: 1, retain: false, dup, id }) as const;

test('a repeated message is one that is marked so, with an id and content that were taken', () => {
  const recent = new Recent(10);
  expect(recent.isRepeated(message(1, 'a'))).toBe(false);
  expect(recent.isRepeated(message(2, 'b'))).toBe(false);
  expect(recent.isRepeated(message(1, 'a', true))).toBe(true);
  // A new message with an id that was free again; one that the broker sends again but that was never taken.
  expect(recent.isRepeated(message(1, 'a'))).toBe(false);
  expect(recent.isRepeated(message(2, 'other', true))).toBe(false);
  expect(recent.isRepeated(message(3, 'c', true))).toBe(false);
});

test('what is known is bounded, outlives a restart, and goes when the broker has read the acknowledgements', () => {
  const recent = new Recent(3);
  for (let id = 1; id <= 5; id++) recent.isRepeated(message(id, 'x'));
  expect(recent.size).toBe(3);
  const restored = new Recent(3, recent.encode());
  expect(restored.isRepeated(message(5, 'x', true))).toBe(true);
  expect(restored.isRepeated(message(2, 'x', true))).toBe(false);
  // 3 and 4 of an earlier connection are gone with the first answer; 5 and 2 were the first two of this one.
  restored.forget(1);
  expect(restored.size).toBe(1);
  restored.reconnected();
  expect(restored.isRepeated(message(2, 'x', true))).toBe(true);
});
