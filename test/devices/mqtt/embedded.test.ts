import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { mayOpen, startEmbeddedBroker, type EmbeddedBroker } from '../../../devices/mqtt/embedded.ts';
import { eventually } from '../captured-log.ts';
import { openConnection } from './open-connection.ts';

let broker: EmbeddedBroker;
beforeAll(async () => void (broker = await startEmbeddedBroker()));
afterAll(() => broker.close());

const one = { qos: 1, retain: false } as const;

test('over TCP and over WebSocket, in 3.1.1: messages, retained ones, and the will', async () => {
  const will = { topic: 'plant/status', payload: Buffer.from('gone'), qos: 1, retain: true } as const;
  const gateway = openConnection(
    { url: broker.url, clientId: 'a-gateway-with-a-name-longer-than-23-characters' },
    { will: () => will },
  );
  const page = openConnection({ url: broker.webSocketUrl, clientId: 'page' });
  await Promise.all([gateway.online(), page.online()]);
  expect([...gateway.sessions, ...page.sessions].map(({ version }) => version)).toEqual([4, 4]);
  await gateway.connection.publish('plant/alarm', Buffer.from('on'), { qos: 1, retain: true });
  expect(await page.connection.subscribe([{ filter: 'plant/#', qos: 1, retained: true }])).toEqual([]);
  await gateway.connection.publish('plant/score', Buffer.from('0.5'), one);
  gateway.connection.drop('for a test', null);
  await eventually(() => page.messages.length === 3);
  expect(page.messages.map(({ topic, retain }) => [topic, retain])).toEqual([
    ['plant/alarm', true],
    ['plant/score', false],
    ['plant/status', false],
  ]);
  await Promise.all([gateway.connection.close(), page.connection.close()]);
});

test('a port that is taken is told as such', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await expect(startEmbeddedBroker({ port, webSocketPort: 0 })).rejects.toThrow(
    `port ${port} of 127.0.0.1 cannot be opened: EADDRINUSE`,
  );
  await expect(startEmbeddedBroker({ port: 0, webSocketPort: port })).rejects.toThrow('EADDRINUSE');
  server.close();
});

test('pages from elsewhere may not connect', async () => {
  expect(
    [undefined, 'null', 'file://', 'http://localhost:5173', 'http://127.0.0.1', 'https://[::1]:8443'].map(mayOpen),
  ).not.toContain(false);
  expect(
    ['https://evil.example', 'http://localhost.evil.example', 'http://127.0.0.1.evil.example', ''].map(mayOpen),
  ).not.toContain(true);
  const socket = new WebSocket(broker.webSocketUrl, 'mqtt', { origin: 'https://evil.example' });
  const [error] = await once(socket, 'error');
  expect(String(error)).toContain('401');
});
