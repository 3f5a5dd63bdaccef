import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstMissing } from '../../browsers/expected.ts';
import { eventually } from '../captured-log.ts';
import { freePorts, missingMosquitto, openMosquitto, type Mosquitto } from '../mosquitto.ts';
import { openConnection, type Opened } from './open-connection.ts';

const one = { qos: 1, retain: false } as const;

describe.skipIf(missingMosquitto() !== null)('a connection to mosquitto', () => {
  let broker: Mosquitto;
  const opened: Opened[] = [];
  const open: typeof openConnection = (...words) => {
    const connection = openConnection(...words);
    opened.push(connection);
    return connection;
  };

  beforeAll(async () => {
    broker = await openMosquitto({
      users: { plant: 's3cret', guest: 'gu3st' },
      acl: ['user plant', 'topic readwrite #', 'user guest', 'topic write in/#'],
    });
    process.env['TEST_PLANT'] = 's3cret';
    process.env['TEST_GUEST'] = 'gu3st';
  });
  afterAll(async () => {
    for (const { connection } of opened) await connection.close();
    await broker.dispose();
  });

  const plant = { user: 'plant', password: { env: 'TEST_PLANT' } } as const;

  test.each([
    ['5 over TCP', 'url', '5'],
    ['3.1.1 over TCP', 'url', '3.1.1'],
    ['5 over WebSocket', 'webSocketUrl', '5'],
    ['3.1.1 over WebSocket', 'webSocketUrl', '3.1.1'],
  ] as const)('MQTT %s: what is published comes back, in order', async (_, url, version) => {
    const { connection, sessions, messages, online } = open({
      url: broker[url],
      version,
      ...plant,
      clientId: `echo-${url}-${version}`,
    });
    await online();
    expect(sessions).toEqual([{ version: version === '5' ? 5 : 4, isPresent: false }]);
    expect(await connection.subscribe([{ filter: `echo/${url}/${version}/#`, qos: 1, retained: false }])).toEqual([]);
    const acknowledged = Array.from({ length: 30 }, (__, n) =>
      connection.publish(`echo/${url}/${version}/${n}`, Buffer.from('x'), { qos: n % 2 === 0 ? 0 : 1, retain: false }),
    );
    await Promise.all(acknowledged);
    await eventually(() => messages.length === 30);
    // In order within a quality of service: of QoS 1 mosquitto has at most 20 on their way to a subscriber, and QoS 0 overtakes the others.
    for (const qos of [0, 1]) {
      const numbers = messages.filter((message) => message.qos === qos).map(({ topic }) => Number(topic.split('/')[3]));
      expect(numbers).toEqual(Array.from({ length: 15 }, (__, n) => 2 * n + qos));
    }
    await connection.close();
    expect(connection.state).toEqual({ at: 'closed' });
  });

  test('a message that is sent while there is no connection is refused at once, and not queued', async () => {
    const { connection } = openConnection({ url: broker.url, ...plant });
    await expect(connection.publish('t', Buffer.from('x'), one)).rejects.toMatchObject({ kind: 'offline' });
    await connection.close();
  });

  test('the window is bounded: beyond it a message is refused; the broker may ask for a smaller one', async () => {
    const { connection, online } = open({ url: broker.url, ...plant, window: 3, clientId: 'window' });
    await online();
    const sent = Array.from({ length: 5 }, () => connection.publish('t', Buffer.from('x'), one).catch((error) => error.kind));
    expect(await Promise.all(sent)).toEqual([undefined, undefined, undefined, 'full', 'full']);
    const wide = open({ url: broker.url, ...plant, clientId: 'wide' });
    await wide.online();
    // max_inflight_messages of mosquitto is 20 by default, which it says as receive maximum.
    expect(wide.connection.room).toBe(20);
  });

  test('a wrong password is told as such, and the password is nowhere to be read', async () => {
    process.env['TEST_WRONG'] = 'wr0ng-secret';
    const { connection, log } = open({ url: broker.url, user: 'plant', password: { env: 'TEST_WRONG' }, clientId: 'wrong' });
    await eventually(() => connection.state.at === 'offline' && connection.state.attempts >= 3, log);
    expect(connection.state).toMatchObject({ reason: expect.stringMatching(/user name or password is wrong|not authorised/) });
    expect(log.lines.join('\n')).not.toMatch(/wr0ng/);
    // The same reason is logged once, not with every attempt.
    expect(log.lines).toHaveLength(1);
  });

  test('what the ACL forbids: a publish is refused in MQTT 5 and silently dropped in 3.1.1; a subscription is granted in both', async () => {
    const guest = { url: broker.url, user: 'guest', password: { env: 'TEST_GUEST' } } as const;
    const five = open({ ...guest, version: '5', clientId: 'guest-5' });
    const three = open({ ...guest, version: '3.1.1', clientId: 'guest-3' });
    await Promise.all([five.online(), three.online()]);
    await expect(five.connection.publish('out/x', Buffer.from('x'), one)).rejects.toMatchObject({ kind: 'refused', code: 135 });
    await five.connection.publish('in/x', Buffer.from('x'), one);
    await three.connection.publish('out/x', Buffer.from('x'), one);
    for (const { connection } of [five, three])
      expect(await connection.subscribe([{ filter: 'out/#', qos: 1, retained: false }])).toEqual([]);
    broker.publish('out/x', ['secret of the plant'], ['plant', 's3cret']);
    await five.connection.publish('in/x', Buffer.from('x'), one);
    expect([...five.messages, ...three.messages]).toEqual([]);
  });

  test.each(['5', '3.1.1'] as const)(
    'MQTT %s: the will is made for each connection, and published when it breaks or when that is asked for',
    async (version) => {
      const listener = await broker.listen(`will/${version}`, ['plant', 's3cret']);
      let n = 0;
      const will = () => ({ topic: `will/${version}`, payload: Buffer.from(`gone ${++n}`), qos: 1, retain: false }) as const;
      const { connection, sessions } = open({ url: broker.url, ...plant, version, clientId: `will-${version}` }, { will });
      await eventually(() => sessions.length === 1);
      connection.drop('for a test', null);
      await listener.until((heard) => heard.length === 1);
      await eventually(() => sessions.length === 2);
      await connection.close({ withWill: true });
      await listener.until((heard) => heard.length === 2);
      expect(listener.heard.map(({ payload }) => payload)).toEqual(['gone 1', 'gone 2']);
      const quiet = open({ url: broker.url, ...plant, version, clientId: `will-${version}` }, { will });
      await quiet.online();
      await quiet.connection.close();
      broker.publish(`will/${version}`, ['after'], ['plant', 's3cret']);
      await listener.until((heard) => heard.length === 3);
      expect(listener.heard[2]?.payload).toBe('after');
      listener.stop();
    },
  );

  test('two clients with the same id: mosquitto says nothing, but that is suspected after a few turns, and one of them gives way', async () => {
    const backoff = { firstSeconds: 0, maxSeconds: 60, stableSeconds: 30 };
    const twins = [0, 1].map(() => open({ url: broker.url, ...plant, clientId: 'twin', backoff }));
    await eventually(() =>
      twins.some(({ losses }) => losses.some((why) => why.includes('has another client the client id "twin"?'))),
    );
    const made = twins.reduce((sum, { sessions }) => sum + sessions.length, 0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    // The other one is let in once more.
    expect(twins.reduce((sum, { sessions }) => sum + sessions.length, 0)).toBeLessThanOrEqual(made + 1);
    expect(twins.filter(({ connection }) => connection.state.at === 'online')).toHaveLength(1);
  });

  test('a broker that is killed and comes back: messages on their way are given back, the session is there again', async () => {
    const own = await openMosquitto({ persistence: true });
    const { connection, sessions, losses, log } = open({ url: own.url }, { sessionSeconds: 60 });
    await eventually(() => sessions.length === 1, log);
    await connection.subscribe([{ filter: 'x', qos: 1, retained: false }]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await own.stop();
    await eventually(() => losses.length > 0, log);
    await expect(connection.publish('t', Buffer.from('x'), one)).rejects.toMatchObject({ kind: 'offline' });
    await own.start();
    await eventually(() => sessions.length === 2, log);
    expect(sessions[1]).toEqual({ version: 5, isPresent: true });
    expect(connection.reconnects).toBe(1);
    await connection.close();
    await own.dispose();
  });

  test('messages that the broker has not acknowledged are given back when it dies', async () => {
    const own = await openMosquitto();
    const { connection, online } = open({ url: own.url, clientId: 'dies' });
    await online();
    const killed = own.kill();
    const kinds = await Promise.all(
      Array.from({ length: 10 }, () => connection.publish('t', Buffer.from('x'), one).catch((error) => error.kind)),
    );
    expect(kinds).toEqual(Array.from({ length: 10 }, () => 'offline'));
    await killed;
    await connection.close();
    await own.dispose();
  });

  test('a connection that is held stays alive beyond the keep-alive time, and then goes on', async () => {
    const { connection, messages, losses, online } = open({ url: broker.url, ...plant, clientId: 'held', keepAliveSeconds: 1 });
    await online();
    await connection.subscribe([{ filter: 'held', qos: 1, retained: false }]);
    connection.hold();
    broker.publish('held', ['1', '2'], ['plant', 's3cret']);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect([messages.length, losses.length]).toEqual([0, 0]);
    connection.release();
    await eventually(() => messages.length === 2);
    expect(losses).toEqual([]);
  });
});

/** A server that answers the first packet of each connection with these bytes. */
async function answering(answer: string): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((socket) =>
    socket.on('error', () => {}).once('data', () => socket.write(Buffer.from(answer, 'hex'))),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { url: `mqtt://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, close: () => void server.close() };
}

test.each([
  // CONNACK, DISCONNECT.
  ['taken over', '2003000000e0018e', 'another client has connected with the same client id: give each gateway an id of its own'],
  ['banned', '2003008a00', 'this client is banned: ask whoever runs the broker'],
  ['a bad client id', '2003008500', 'the broker does not accept the client id'],
  ['bytes that are no MQTT', Buffer.from('HTTP/1.1 400 Bad Request').toString('hex'), 'what answers there is no MQTT broker'],
])('a broker that answers %s is left, and the reason told', async (_, answer, why) => {
  const server = await answering(answer);
  const backoff = { firstSeconds: 60, maxSeconds: 60, stableSeconds: 30 };
  const { connection, losses, log } = openConnection({ url: server.url, backoff });
  await eventually(() => losses.length > 0, log);
  expect(losses[0]).toContain(why);
  await connection.close();
  server.close();
});

test('a host that accepts and says nothing, and one where nobody listens, are told apart', async () => {
  const [closed] = await freePorts(1);
  const refused = openConnection({ url: `mqtt://127.0.0.1:${closed}` });
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const silent = openConnection({
    url: `mqtt://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    connectTimeoutSeconds: 0.1,
  });
  await eventually(() => refused.losses.length > 0 && silent.losses.length > 0);
  expect(refused.losses[0]).toBe('nothing listens there: is the broker running, and is the port right? (ECONNREFUSED)');
  expect(silent.losses[0]).toBe('the broker does not answer');
  await Promise.all([refused.connection.close(), silent.connection.close()]);
  server.close();
});

test.skipIf(firstMissing(['/usr/sbin/nats-server'], 'apt-get install nats-server') !== null)(
  'a broker that refuses MQTT 5 (nats-server) is spoken to in 3.1.1, from then on at once',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sandglass-nats-'));
    const [nats, mqtt] = await freePorts(2);
    writeFileSync(
      join(folder, 'nats.conf'),
      `host: 127.0.0.1\nport: ${nats}\nserver_name: x\njetstream { store_dir: "${folder}" }\nmqtt { host: 127.0.0.1, port: ${mqtt} }\n`,
    );
    const server = spawn('/usr/sbin/nats-server', ['-c', join(folder, 'nats.conf')], { stdio: 'ignore' });
    const { connection, sessions, log } = openConnection({ url: `mqtt://127.0.0.1:${mqtt}` });
    await eventually(() => sessions.length === 1, log);
    connection.drop('for a test', null);
    await eventually(() => sessions.length === 2, log);
    expect(sessions.map(({ version }) => version)).toEqual([4, 4]);
    expect(log.lines.filter((line) => line.includes('refuses MQTT 5'))).toHaveLength(1);
    await connection.publish('t', Buffer.from('x'), one);
    await connection.close();
    server.kill('SIGKILL');
    await once(server, 'exit');
    rmSync(folder, { recursive: true });
  },
);
