import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readStreamConfig, type Words } from '../../devices/config/read.ts';
import type { StreamConfig } from '../../devices/config/settle.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, 'sandglass.json');

/** The config of a file with this key `stream`, beside keys of the compiler. */
function configOf(stream: unknown, words: Words = {}): StreamConfig {
  writeFileSync(file, JSON.stringify({ channels: ['x'], stream }));
  return readStreamConfig(file, words, '/elsewhere');
}

const least = { artifacts: { pump: 'models/pump.wasm' } };

describe('what a config leaves out', () => {
  test('has defaults: a broker of its own, JSON out, samples kept', () => {
    const config = configOf(least);
    expect(config.broker).toEqual({ kind: 'embedded' });
    expect(config.topics).toMatchObject([{ pattern: 'sensors/{sensor}', artifact: 'pump', format: 'json-object' }]);
    expect(config.json).toMatchObject({ prefix: 'sandglass' });
    expect([config.sparkplug, config.homeAssistant, config.stdin, config.files]).toEqual([null, null, null, []]);
    expect([config.keep, config.agent.syncSeconds, config.agent.syncAlways, config.http]).toEqual([
      'samples',
      1,
      false,
      '127.0.0.1:9464',
    ]);
    expect(config.engine.publish).toEqual({ every: 1, change: null });
  });

  test('a score that changes is published without each n-th one beside it', () => {
    expect(configOf({ ...least, publish: { change: 0.1 } }).engine.publish).toEqual({
      every: Number.MAX_SAFE_INTEGER,
      change: 0.1,
    });
    expect(configOf({ ...least, publish: { change: 0.1, every: 60 } }).engine.publish).toEqual({ every: 60, change: 0.1 });
  });
});

describe('paths', () => {
  test('in the file are relative to it, on the command line to the working directory', () => {
    const stream = {
      ...least,
      broker: { url: 'mqtts://plant', password: { file: 'secret' }, tls: { ca: 'ca.pem' } },
      in: [{ csv: 'log.csv' }],
    };
    const config = configOf(stream);
    expect(config.artifacts).toEqual([{ name: 'pump', path: join(folder, 'models/pump.wasm') }]);
    expect(config.files.map(({ path }) => path)).toEqual([join(folder, 'log.csv')]);
    expect(config.stateFolder).toBe(join(folder, 'sandglass-state'));
    expect(config.broker).toMatchObject({
      connection: { password: { file: join(folder, 'secret') }, tls: { ca: join(folder, 'ca.pem') } },
    });
    const words = configOf(stream, { artifacts: { fan: 'fan.wasm' }, in: [{ csv: 'now.csv' }], state: 'here' });
    expect(words.artifacts).toEqual([{ name: 'fan', path: '/elsewhere/fan.wasm' }]);
    expect(words.files.map(({ path }) => path)).toEqual(['/elsewhere/now.csv']);
    expect(words.stateFolder).toBe('/elsewhere/here');
  });
});

describe('mistakes point at their key', () => {
  test.each([
    [{ ...least, out: { sparkplug: {} } }, /key "stream.out.sparkplug.group": is missing/],
    [{ ...least, spool: { maxBytes: -1 } }, /key "stream.spool.maxBytes": is -1/],
    [{ ...least, keep: 'all' }, /key "stream.keep": is "all"; expected one of samples, scores/],
    [{ ...least, broker: { url: 'mqtt://x', pasword: { env: 'X' } } }, /pasword": is no key[\s\S]*Did you mean "password"/],
    [{ ...least, in: [{ stdin: 'csv' }, { stdin: 'csv' }] }, /reads standard input twice/],
    [{ broker: 'embedded' }, /names no artifact/],
  ])('%j', (stream, expected) => {
    expect(() => configOf(stream)).toThrow(expected);
  });
});
