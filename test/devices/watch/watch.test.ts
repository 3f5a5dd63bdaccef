import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstMissing } from '../../browsers/expected.ts';
import { quiet } from '../../../devices/log.ts';
import { connectionDefaults } from '../../../devices/mqtt/options.ts';
import { feedDefaults, openFeed } from '../../../devices/watch/feed.ts';
import { serveWatch } from '../../../devices/watch/web.ts';
import { missingMosquitto, openMosquitto, type Mosquitto } from '../mosquitto.ts';
import { fleetOf, openGateway, type Gateway } from './fleet.ts';

/** `sandglass watch` in a process of its own, in a terminal or not. */
function start(words: readonly string[], place: 'pipe' | 'terminal') {
  const command = [process.execPath, 'compiler/cli/main.ts', 'watch', ...words];
  const child: ChildProcess =
    place === 'pipe'
      ? spawn(command[0]!, command.slice(1))
      : spawn('script', ['-qec', `stty rows 20 cols 100; ${command.join(' ')}`, '/dev/null']);
  const heard = { out: '', error: '' };
  child.stdout!.on('data', (chunk) => (heard.out += String(chunk)));
  child.stderr!.on('data', (chunk) => (heard.error += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, heard, ended };
}

describe.skipIf(missingMosquitto() !== null)('sandglass watch, at mosquitto', () => {
  let broker: Mosquitto;
  let gateway: Gateway;
  const folder = mkdtempSync(join(tmpdir(), 'sandglass-watch-'));
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, 'secret\n', { mode: 0o600 });

  beforeAll(async () => {
    broker = await openMosquitto({
      users: { eye: 'secret', plant: 'secret' },
      acl: ['user plant', 'topic readwrite #', 'user eye', 'topic read sandglass/#'],
    });
    gateway = await openGateway(broker.url, 'hall', fleetOf(['press', 'fan'], [181]), { user: 'plant', password: 'secret' });
  });
  afterAll(async () => {
    await gateway.close();
    await broker.dispose();
    rmSync(folder, { recursive: true });
  });

  const login = (): string[] => ['--broker', broker.url, '--user', 'eye', '--password-file', passwordFile];

  test('in a pipe each change is a line: an alarm of recorded data, a missing score, a gateway that goes', async () => {
    const { child, heard, ended } = start([...login(), '--json'], 'pipe');
    // Until it listens.
    await expect
      .poll(
        async () => {
          await gateway.blind('fan');
          return heard.out;
        },
        { timeout: 20_000 },
      )
      .toContain('blind');
    // The alarm wants five in a row.
    for (let i = 0; i < 6; i++) await gateway.step();
    await expect.poll(() => heard.out, { timeout: 10_000 }).toContain('alarm-on');
    await gateway.offline();
    await expect.poll(() => heard.out, { timeout: 10_000 }).toContain('offline');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    const lines = heard.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const on = lines.find(({ what }) => what === 'alarm-on');
    expect(on).toMatchObject({ gateway: 'hall', sensor: 'press', alarm: true, artifact: 'gearbox' });
    expect(on.score).toBeGreaterThan(on.threshold);
    expect(on.why[0].channel).toMatch(/^(sum_abs|std|max|kurtosis)_a[1-4]$/);
    expect(lines.map(({ what }) => what)).toEqual(['blind', 'normal', 'alarm-on', 'offline']);
    expect(lines[0]).toMatchObject({ gateway: 'hall', sensor: 'fan', score: null });
    expect(lines.at(-1)).toMatchObject({ gateway: 'hall', what: 'offline' });
    expect(heard.error).toBe('');
  });

  test.skipIf(firstMissing(['/usr/bin/script'], 'apt-get install bsdutils') !== null)(
    'in a terminal it draws in place, and q gives the screen back',
    async () => {
      const { child, heard, ended } = start(login(), 'terminal');
      await expect.poll(() => heard.out, { timeout: 10_000 }).toContain('press');
      child.stdin!.write('q');
      expect(await ended).toBe(0);
      const [before, picture] = [heard.out.indexOf('\u001b[?1049h'), heard.out.lastIndexOf('\u001b[H')];
      expect(before).toBeGreaterThanOrEqual(0);
      expect(picture).toBeGreaterThan(before);
      expect(heard.out.trimEnd().endsWith('\u001b[?7h\u001b[?25h\u001b[?1049l')).toBe(true);
      // The retained alarm is known without a new score.
      expect(heard.out).toMatch(/\u25b2.*press/);
    },
  );

  test('what cannot be is refused with a way out', async () => {
    const { heard, ended } = start(['--broker', 'http://plant'], 'pipe');
    expect(await ended).toBe(1);
    expect(heard.error).toContain('broker.url: expected mqtt://');
    const connection = { ...connectionDefaults, url: broker.url };
    expect(() => openFeed({ ...feedDefaults, connection, prefix: 'a/#' }, quiet)).toThrow(/a prefix of topics has no/);
    const open = { ...connection, url: 'mqtt://plant', password: { file: passwordFile } };
    expect(() => openFeed({ ...feedDefaults, connection: open }, quiet)).toThrow(/unencrypted/);
    const feed = openFeed({ ...feedDefaults, connection }, quiet);
    await expect(serveWatch(feed, '', { listen: 'nowhere' }, quiet)).rejects.toThrow(/--web: expected host:port/);
    await feed.close();
  });
});
