import { request as openRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Health } from '../../../devices/agent/health.ts';
import { serveStatus, statusDefaults, type StatusServer } from '../../../devices/agent/http.ts';
import { parseListen } from '../../../devices/http/serve.ts';
import { quiet } from '../../../devices/log.ts';
import { gearbox, recording } from '../gearbox.ts';
import { offline, online, runAgent, type RunningAgent } from './running-agent.ts';
import { parseTextFormat } from './text-format.ts';

let running: RunningAgent;
let server: StatusServer;

beforeAll(async () => {
  running = await runAgent([await gearbox()]);
  const [healthy, broken] = [recording('healthy'), recording('broken')];
  for (let row = 181; row < 191; row++) await running.give('wheel-1', broken[row]!, 1_700_000_000 + row);
  for (const sensor of ['a', 'b', 'c']) await running.give(sensor, healthy[4]!);
  // 1.4 times the threshold, once.
  await running.give('b', healthy[17]!);
  await running.give('c', new Float32Array(16).fill(NaN));
  server = await serveStatus(running.observed, { ...statusDefaults, listen: '127.0.0.1:0', offlineSeconds: 0 }, quiet);
});
afterAll(async () => {
  await server.close();
  await running.dispose();
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

const ask = (path: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { body = '', ...rest } = options;
    const sent = openRequest({ host: '127.0.0.1', port: server.port, path, ...rest }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => resolve({ status: response.statusCode!, text, headers: response.headers }));
    });
    sent.on('error', reject);
    sent.end(body);
  });

test('/metrics is the text format, with its type', async () => {
  const { status, text, headers } = await ask('/metrics');
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(parseTextFormat(text).get('sandglass_samples_total')!.samples[0]!.value).toBe(15);
});

test('/health is 503 with reasons while a sink has no connection', async () => {
  expect(await ask('/health')).toMatchObject({ status: 200, text: '{"status":"ok","reasons":[]}\n' });
  running.sink.state = offline;
  const { status, text } = await ask('/health');
  running.sink.state = online;
  expect(status).toBe(503);
  expect(JSON.parse(text)).toEqual({
    status: 'degraded',
    reasons: [expect.stringMatching(/^sink json has no connection for \d+ s: connection refused$/)],
  });
});

test('/ready is 503 until all is up', async () => {
  expect((await ask('/ready')).status).toBe(503);
  server.ready();
  expect(await ask('/ready')).toMatchObject({ status: 200, text: '{"ready":true}\n' });
});

test('/sensors has the worst first: in alarm, above, without score, normal', async () => {
  const { text } = await ask('/sensors');
  const { node, total, sensors } = JSON.parse(text);
  expect(node).toBe('hall "7"');
  expect(total).toBe(4);
  expect(sensors.map(({ sensor }: { sensor: string }) => sensor)).toEqual(['wheel-1', 'b', 'c', 'a']);
  expect(sensors[0]).toMatchObject({ artifact: 'gearbox', alarm: true, time: '2023-11-14T22:16:30.000Z' });
  expect(sensors[0].ratio).toBeCloseTo(sensors[0].score / sensors[0].threshold, 2);
  expect(sensors[2]).toMatchObject({ score: null, ratio: null, time: null });
  expect(JSON.parse((await ask('/sensors?limit=1')).text)).toMatchObject({ total: 4, sensors: [{ sensor: 'wheel-1' }] });
});

test.each(['/sensors?limit=0', '/sensors?limit=1e9', '/sensors?limit=x'])('%s is refused', async (path) => {
  expect(await ask(path)).toMatchObject({ status: 400, text: expect.stringContaining('limit: expected a whole number') });
});

test.each(['/', '/metrics/', '/favicon.ico', '/constructor', '/__proto__', '/../metrics', '//metrics', '/%00'])(
  '%s is nothing',
  async (path) => {
    expect((await ask(path)).status).toBe(path === '/../metrics' ? 200 : 404);
  },
);

test('other methods, bodies and strange hosts are refused; nothing is for other origins', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    expect(await ask('/metrics', { method })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  }
  expect(await ask('/metrics', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  expect((await ask('/metrics', { headers: { 'content-length': '5' }, body: 'hello' })).status).toBe(413);
  const statusOf = async (host: string) => [host, (await ask('/health', { headers: { host } })).status];
  const others = ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1'];
  expect(await Promise.all(others.map(statusOf))).toEqual(others.map((host) => [host, 421]));
  const own = ['localhost', 'localhost:1234', '127.0.0.1', '[::1]:9464'];
  expect(await Promise.all(own.map(statusOf))).toEqual(own.map((host) => [host, 200]));
  const { headers } = await ask('/sensors', { headers: { origin: 'https://evil.example' } });
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  expect(headers['cross-origin-resource-policy']).toBe('same-origin');
});

test('long headers, a long path and what is no HTTP end the connection, not the server', async () => {
  expect((await ask('/metrics', { headers: { 'x-long': 'x'.repeat(20_000) } })).status).toBe(431);
  expect((await ask(`/${'x'.repeat(20_000)}`)).status).toBe(431);
  for (const bytes of [
    '\u0000\u0001\u0002\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'GET http://[ HTTP/1.1\r\nhost: localhost\r\n\r\n',
    'GET /metrics HTTP/1.0\r\n\r\n',
  ]) {
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.end(bytes));
      let text = '';
      socket.on('data', (chunk) => (text += String(chunk)));
      socket.on('close', () => resolve(text));
      socket.on('error', () => {});
    });
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  }
  expect((await ask('/health')).status).toBe(200);
});

test('a port that is taken, or an address that is none, is said with a way out', async () => {
  const taken = { ...statusDefaults, listen: `127.0.0.1:${server.port}` };
  await expect(serveStatus(running.observed, taken, quiet)).rejects.toThrow(
    `status.listen: port ${server.port} of 127.0.0.1 cannot be opened: another program uses it`,
  );
  expect(parseListen('9464', 'x')).toEqual({ host: '127.0.0.1', port: 9464 });
  expect(parseListen('[::]:9464', 'x')).toEqual({ host: '::', port: 9464 });
});

test.each(['', 'localhost', 'a:b', '1:2:3', '127.0.0.1:99999', 'http://x:1'])('%j is no address to listen at', (listen) => {
  expect(() => parseListen(listen, 'x')).toThrow(/expected host:port, found/);
});

/** Seconds of a test -> milliseconds. */
const seconds = (n: number): number => 1_000_000 + 1000 * n;

describe('health', () => {
  test('a connection may be away for a while, however often it tries', () => {
    const health = new Health(running.observed, { offlineSeconds: 60, silentSeconds: null }, seconds(0));
    running.sink.state = offline;
    expect(health.look(seconds(10)).reasons).toEqual([]);
    running.sink.state = { at: 'connecting', attempts: 4 };
    expect(health.look(seconds(69)).reasons).toEqual([]);
    expect(health.look(seconds(70)).reasons).toEqual(['sink json has no connection for 60 s']);
    running.sink.state = online;
    expect(health.look(seconds(71)).status).toBe('ok');
    running.sink.state = offline;
    expect(health.look(seconds(140)).reasons).toEqual([]);
    running.sink.state = online;
  });

  test('a source counts too, and a disk that does not take what is written', () => {
    const stats = { ...running.observed.spool.stats, problem: 'the disk is full (ENOSPC)' };
    const observed = { ...running.observed, spool: { next: 0, stats }, state: { problem: 'the disk fails (EIO)' } };
    running.source.state = offline;
    const health = new Health(observed, { offlineSeconds: 0, silentSeconds: null }, seconds(0));
    expect(health.look(seconds(1)).reasons).toEqual([
      'source plant has no connection for 1 s: connection refused',
      'spool: the disk is full (ENOSPC)',
      'journal: the disk fails (EIO)',
    ]);
    running.source.state = online;
  });

  test('silence of all sensors is a reason only where that is asked for', () => {
    const now = Date.now();
    const patient = new Health(running.observed, { offlineSeconds: 0, silentSeconds: null }, now);
    expect(patient.look(now + 1e9).reasons).toEqual([]);
    const strict = new Health(running.observed, { offlineSeconds: 0, silentSeconds: 30 }, now);
    expect(strict.look(now + 29_000).reasons).toEqual([]);
    expect(strict.look(now + 40_000).reasons).toEqual([expect.stringMatching(/^no sample for (39|40) s$/)]);
  });
});
