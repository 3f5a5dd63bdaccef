import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../../compiler/cli/stream.ts';
import type { StreamWords } from '../../../compiler/cli/stream-words.ts';
import { InputError } from '../../../compiler/error.ts';
import { runToEnd } from './agent-process.ts';
import { gearboxArtifact } from './gearbox.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-mistakes-'));
beforeAll(async () => writeFileSync(join(folder, 'gearbox.wasm'), await gearboxArtifact()));
afterAll(() => rmSync(folder, { recursive: true }));

const two = { a: 'gearbox.wasm', b: 'gearbox.wasm' };

/** Writes a config of this content and names it. */
function config(stream: unknown): StreamWords {
  writeFileSync(join(folder, 'bad.json'), JSON.stringify({ stream }));
  return { config: join(folder, 'bad.json') };
}

describe('mistakes are explained', () => {
  test('on the command line, with exit code 1 and no stack', () => {
    const { status, said } = runToEnd([], folder);
    expect(said).toBe(
      'error: command line: names no artifact\n  Write sandglass stream pump.wasm, or "artifacts": { "pump": "pump.wasm" } in the config.\n',
    );
    expect(status).toBe(1);
  });

  const gearbox = [join(folder, 'gearbox.wasm')];
  test.each<[string, readonly string[], () => StreamWords, string]>([
    ['an artifact that is not there', ['pmp.wasm'], () => ({}), 'pmp.wasm: there is no such file'],
    ['a key that is misspelt', gearbox, () => config({ limits: { sensor: 3 } }), 'Did you mean "sensors"?'],
    [
      'a channel that is misspelt',
      gearbox,
      () => config({ in: [{ topic: 'a/{sensor}', channels: { std_a11: 'x' } }] }),
      'Did you mean std_a1?',
    ],
    ['a topic without a sensor', gearbox, () => ({ topic: 'site/+/vibration' }), 'Name a level {sensor}'],
    ['a password in the URL', gearbox, () => ({ broker: 'mqtt://user:secret@plant' }), 'password'],
    [
      'a password that would go over the network as it is',
      gearbox,
      () => config({ broker: { url: 'mqtt://plant', user: 'x', password: { env: 'PATH' } } }),
      'insecurePassword',
    ],
    [
      'two artifacts and a rule for neither',
      [],
      () => config({ artifacts: two, in: [{ topic: 'a/{sensor}' }] }),
      'does not say which',
    ],
  ])('%s', async (_, paths, words, expected) => {
    const error = await run(paths, { state: join(folder, 'bad'), http: 'off', ...words() }).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(InputError);
    expect(String(error)).toContain(expected);
    expect(String(error)).not.toContain('secret');
  });

  test('a config without the key', async () => {
    writeFileSync(join(folder, 'other.json'), '{}');
    await expect(run([], { config: join(folder, 'other.json') })).rejects.toThrow('has no key "stream"');
  });
});
