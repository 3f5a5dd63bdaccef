import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { quiet } from '../../../devices/log.ts';
import { parseAddress, refuseOpenPassword } from '../../../devices/mqtt/address.ts';
import { backoffMs } from '../../../devices/mqtt/backoff.ts';
import { readSecret } from '../../../devices/mqtt/secrets.ts';
import { captureLog } from '../captured-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('addresses of brokers', () => {
  expect(parseAddress('mqtt://broker.example', 'sinks.json.url')).toEqual({
    transport: 'tcp',
    secure: false,
    host: 'broker.example',
    port: 1883,
    path: '/',
    isLoopback: false,
    text: 'mqtt://broker.example:1883',
  });
  expect(parseAddress('wss://[::1]:9001/mqtt?x=1', 'x')).toMatchObject({
    secure: true,
    host: '::1',
    port: 9001,
    path: '/mqtt?x=1',
    isLoopback: true,
  });
  // Node's URL leaves out a port that is the scheme's own.
  expect(parseAddress('ws://localhost:80', 'x')).toMatchObject({ port: 80, isLoopback: true });
  expect(parseAddress('mqtts://127.0.0.1.example', 'x').isLoopback).toBe(false);
});

test('a URL that cannot be used says why, and never shows what may be a password', () => {
  const errors = [
    'broker.example:1883',
    'mqt://broker',
    'mqtt://plant:s3cret@broker',
    'mqtt://:s3cret@broker',
    'plant:s3cret@broker',
    'mqtt://',
  ].map((url) => {
    try {
      return parseAddress(url, 'sinks.json.url').text;
    } catch (error) {
      return String(error);
    }
  });
  expect(errors.join('\n')).not.toContain('s3cret');
  expect(errors).toMatchInlineSnapshot(`
    [
      "InputError: sinks.json.url: expected mqtt://, mqtts://, ws:// or wss://, found broker.example://
      Write it like mqtt://broker.example:1883, or mqtts:// for TLS, or wss://broker.example/mqtt.",
      "InputError: sinks.json.url: expected mqtt://, mqtts://, ws:// or wss://, found mqt://; did you mean mqtt://?
      Write it like mqtt://broker.example:1883, or mqtts:// for TLS, or wss://broker.example/mqtt.",
      "InputError: sinks.json.url: the URL of broker holds a user name or password, which everybody can read in the list of processes and in logs
      Give the name as "user" and the password as { "file": "/etc/sandglass/password" } or { "env": "MQTT_PASSWORD" }.",
      "InputError: sinks.json.url: the URL of broker holds a user name or password, which everybody can read in the list of processes and in logs
      Give the name as "user" and the password as { "file": "/etc/sandglass/password" } or { "env": "MQTT_PASSWORD" }.",
      "InputError: sinks.json.url: expected mqtt://, mqtts://, ws:// or wss://, found plant://
      Write it like mqtt://broker.example:1883, or mqtts:// for TLS, or wss://broker.example/mqtt.",
      "InputError: sinks.json.url: the URL "mqtt://" names no host
      Write it like mqtt://broker.example:1883, or mqtts:// for TLS, or wss://broker.example/mqtt.",
    ]
  `);
});

const refuse = (url: string, insecurePassword = false): void =>
  refuseOpenPassword(parseAddress(url, 'url'), { hasPassword: true, insecurePassword }, 'sinks.json.password');

test('a password does not go in the open to another machine, unless that is said to be wanted', () => {
  expect(() => refuse('mqtt://broker.example')).toThrowErrorMatchingInlineSnapshot(`
    [InputError: sinks.json.password: the password would go to mqtt://broker.example:1883 unencrypted, for everybody on the way to read
      Use mqtts:// (TLS), or set "insecurePassword": true if the network is yours alone.]
  `);
  expect(() => refuse('ws://10.0.0.7')).toThrow('wss:// (TLS)');
  for (const url of ['mqtts://broker.example', 'mqtt://localhost', 'ws://127.0.0.1:9001', 'mqtt://[::1]']) refuse(url);
  refuse('mqtt://broker.example', true);
});

test('secrets come from files and the environment; one that everybody may read is told of once', () => {
  const file = join(folder, 'password');
  writeFileSync(file, ' with spaces \r\n', { mode: 0o600 });
  const log = captureLog();
  expect(readSecret({ file }, 'password', log)).toBe(' with spaces ');
  expect(log.lines).toEqual([]);
  chmodSync(file, 0o644);
  for (let i = 0; i < 2; i++) readSecret({ file }, 'password', log);
  expect(log.lines).toEqual([`warn everybody on this machine may read a file with a secret: chmod o= it {"file":"${file}"}`]);
  expect(readSecret({ env: 'SECRET' }, 'password', quiet, { SECRET: 's3cret' })).toBe('s3cret');
  expect(() => readSecret({ env: 'NONE' }, 'sinks.json.password', quiet, {})).toThrowErrorMatchingInlineSnapshot(`
    [InputError: sinks.json.password: the environment variable NONE is not set, or empty
      Put the secret there; in a unit of systemd, LoadCredential= or EnvironmentFile= does it.]
  `);
  expect(() => readSecret({ file: join(folder, 'none') }, 'password', quiet)).toThrow('cannot be read: ENOENT');
});

test('waits grow to the maximum and are spread from 0 on', () => {
  const options = { firstSeconds: 1, maxSeconds: 60 };
  const longest = Array.from({ length: 8 }, (_, n) => backoffMs(options, n + 1, () => 1));
  expect(longest).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  expect(backoffMs(options, 1000, () => 1)).toBe(60_000);
  expect(backoffMs(options, 3, () => 0.25)).toBe(1000);
});
