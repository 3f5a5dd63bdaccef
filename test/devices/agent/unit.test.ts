import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { firstMissing } from '../../browsers/expected.ts';

const text = readFileSync('devices/agent/sandglass-stream.service', 'utf8');

/** Key -> its values, in their order. */
const settings = new Map<string, string[]>();
for (const [, key, value] of text.matchAll(/^([A-Za-z]+)=(.*)$/gm)) settings.set(key!, [...(settings.get(key!) ?? []), value!]);

test('the unit restarts what fails, but not what a person has to mend, and has a grace', () => {
  expect(settings.get('Restart')).toEqual(['on-failure']);
  expect(settings.get('RestartPreventExitStatus')).toEqual(['1 2']);
  expect(settings.get('KillSignal')).toEqual(['SIGTERM']);
  expect(settings.get('ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
  expect(Number(settings.get('TimeoutStopSec'))).toBeGreaterThan(10);
});

test('secrets come as credentials, and what V8 cannot live with is not asked for', () => {
  expect(settings.get('LoadCredential')).toEqual(['mqtt-password:/etc/sandglass/password']);
  expect(text).not.toMatch(/^(Environment|EnvironmentFile|MemoryDenyWriteExecute)=/m);
});

describe.skipIf(firstMissing(['/usr/bin/systemd-analyze'], 'apt-get install systemd') !== null)('systemd-analyze', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sandglass-unit-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const unit = join(folder, 'sandglass-stream.service');
  // The program has to be there, and is not installed here.
  writeFileSync(unit, text.replace('/usr/local/bin/sandglass', process.execPath));
  const analyze = (...words: readonly string[]) => spawnSync('systemd-analyze', [...words, unit], { encoding: 'utf8' });

  test('finds nothing wrong with it', () => {
    const { status, stdout, stderr } = analyze('verify', '--man=no');
    expect(`${stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  });

  test('gives it an exposure of 1.5 or less', () => {
    const { status, stdout } = analyze('security', '--offline=true', '--no-pager', '--threshold=15');
    expect(stdout).toMatch(/Overall exposure level for sandglass-stream\.service: [01]\.\d OK/);
    expect(status).toBe(0);
  });
});
