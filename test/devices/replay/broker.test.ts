import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quiet } from '../../../devices/log.ts';
import { Connection } from '../../../devices/mqtt/connect.ts';
import { connectionDefaults } from '../../../devices/mqtt/options.ts';
import { openPublisher } from '../../../devices/replay/publisher.ts';
import { missingMosquitto, openMosquitto, type Mosquitto } from '../mosquitto.ts';
import { Collected, decoder, input, rule } from '../sources/collect.ts';
import { gearboxFeatures } from '../sources/gearbox.ts';

const reason = missingMosquitto();

interface Outcome {
  readonly code: number | null;
  readonly stderr: string;
}

/** Not `spawnSync`: the messages are taken meanwhile. */
const replay = (...words: string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ['compiler/cli/main.ts', 'replay', ...words], {
      env: { ...process.env, NO_COLOR: '1' },
    });
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    child.once('exit', (code) => resolve({ code, stderr }));
  });

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; !isSo(); i++) {
    if (i > 500) throw new Error('waited for 10 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe.skipIf(reason !== null)(`over mosquitto${reason ?? ''}`, () => {
  let broker: Mosquitto;
  let subscriber: Connection;
  const names = gearboxFeatures().split('\n', 1)[0]!.split(',');
  const collected = new Collected();
  const messages = decoder(input(names), [rule('plant/{sensor}/features', { time: 'time' })]);

  /** Times of sensor p, each once, in the order of their coming. */
  const seen = (): number[] => [...new Set(collected.samples.filter(({ sensor }) => sensor === 'p').map(({ time }) => time!))];

  beforeAll(async () => {
    broker = await openMosquitto({ persistence: true });
    await new Promise<void>((resolve) => {
      subscriber = new Connection(
        { ...connectionDefaults, url: broker.url, backoff: { firstSeconds: 0.05, maxSeconds: 0.1, stableSeconds: 10 } },
        {
          where: 'test',
          clientId: 'test',
          sessionSeconds: 3600,
          receiveMaximum: 100,
          maxPayloadBytes: 10_000,
          online: ({ isPresent }) => {
            if (!isPresent)
              void subscriber
                .subscribe(messages.filters.map((filter) => ({ filter, qos: 1, retained: false })))
                .then(() => resolve())
                // The broker went before it answered: the next connection subscribes.
                .catch(() => {});
          },
          offline: () => {},
          message: (message) => {
            messages.receive(message.topic, message.payload, Date.now() / 1000, collected);
            subscriber.acknowledge([message]);
          },
        },
        quiet,
      );
      subscriber.start();
    });
  });
  afterAll(async () => {
    await subscriber.close();
    await broker.dispose();
  });

  test('recorded features arrive as samples, all and in order', async () => {
    const { code, stderr } = await replay(
      'examples/gearbox/healthy-test.csv',
      '--to',
      `${broker.url}/plant/{sensor}/features`,
      '--hz',
      '1',
      '--rate',
      'max',
    );
    expect(stderr).toMatch(/^480 messages in /);
    expect(code).toBe(0);
    await until(() => collected.samples.length >= 480);
    const rows = gearboxFeatures().trim().split('\n').slice(1);
    expect(collected.samples.map(({ values }) => [...values])).toEqual(
      rows.map((row) => row.split(',').map((field) => Math.fround(Number(field)))),
    );
    expect(new Set(collected.samples.map(({ sensor }) => sensor))).toEqual(new Set(['healthy-test']));
    const times = collected.samples.map(({ time }) => time! - collected.samples[0]!.time!);
    expect(times.every((time, i) => Math.abs(time - i) < 1e-5)).toBe(true);
  });

  test('the broker goes away in between: what it has not acknowledged is sent again, in order', async () => {
    const backoff = { firstSeconds: 0.05, maxSeconds: 0.1, stableSeconds: 10 };
    const publisher = await openPublisher({ ...connectionDefaults, url: broker.url, backoff }, 1, quiet);
    const sent: Promise<void>[] = [];
    for (let i = 0; i < 3000; i++) {
      sent.push(publisher.publish('plant/p/features', Buffer.from(`{"time":${i},"${names[0]}":${i}}`)));
      if (i % 1000 === 500) {
        await broker.kill();
        await broker.start();
      }
    }
    await Promise.all(sent);
    await publisher.close();
    // Those that the broker had and did not pass on before it was killed are gone with it, but none that came after its return.
    await until(() => seen().at(-1) === 2999);
    expect(seen()).toEqual(seen().toSorted((a, b) => a - b));
    expect(seen().slice(-500)).toEqual(Array.from({ length: 500 }, (_, i) => 2500 + i));
  });

  test('a topic that ends with a mistake, a broker that is not there', async () => {
    expect(await replay('examples/gearbox/healthy-test.csv', '--to', `${broker.url}/a/{machine}`, '--hz', '1')).toEqual({
      code: 1,
      stderr: expect.stringContaining('has no column "machine"'),
    });
    const away = await replay('examples/gearbox/healthy-test.csv', '--to', 'mqtt://127.0.0.1:1', '--hz', '1');
    expect(away.stderr).toContain('mqtt://127.0.0.1:1: cannot be reached:');
    expect(away.code).toBe(1);
  });
});

test('words that are wrong', async () => {
  const { code, stderr } = await replay('x.csv', '--to', 'mqtt://a', '--rate', 'fast');
  expect(stderr).toContain('Expected a speed like 100x, or max.');
  expect(code).toBe(2);
});
