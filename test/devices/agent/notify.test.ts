import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openNotifier } from '../../../devices/agent/notify.ts';
import type { Log } from '../../../devices/log.ts';
import { quiet } from '../../../devices/log.ts';
import { firstMissing } from '../../browsers/expected.ts';

/** A datagram socket of the file system, which Node cannot open: prints what comes, a line each, and closes what came with it. */
const listener = `
  use Socket;
  socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die $!;
  bind($s, pack_sockaddr_un($ARGV[0])) or die $!;
  $| = 1; print "listening\\n";
  while (defined(recv($s, my $m, 4096, 0))) { $m =~ s/\\n+$//; $m =~ s/\\n/ /g; print "$m\\n" if $m ne 'BARRIER=1'; }`;

const needed = firstMissing(['/usr/bin/systemd-notify', '/usr/bin/perl'], 'apt-get install systemd perl-base');

describe.skipIf(needed !== null)('systemd is told', () => {
  test('ready after reloading, signs of life, and the end, in their order', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sandglass-notify-'));
    const socket = join(folder, 'notify');
    const child = spawn('perl', ['-e', listener, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    let heard = '';
    child.stdout.on('data', (chunk) => (heard += String(chunk)));
    await once(child.stdout, 'data');
    const notifier = openNotifier(quiet, { PATH: process.env['PATH'], NOTIFY_SOCKET: socket, WATCHDOG_USEC: '900000' });
    notifier.ready('10 sensors\nREADY=0');
    notifier.reloading();
    notifier.ready('11 sensors');
    await expect.poll(() => heard, { timeout: 10_000 }).toContain('WATCHDOG=1');
    notifier.stopping();
    await expect.poll(() => heard, { timeout: 10_000 }).toContain('STOPPING=1');
    notifier.close();
    const lines = heard
      .trim()
      .split('\n')
      .filter((line) => line !== 'WATCHDOG=1');
    expect(lines).toEqual([
      'listening',
      'READY=1 STATUS=10 sensors READY=0',
      'RELOADING=1',
      'READY=1 STATUS=11 sensors',
      'STOPPING=1',
    ]);
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
});

test('without a supervisor nothing happens; where it cannot be told, that is said once', async () => {
  const said: string[] = [];
  const log: Log = { ...quiet, error: (what, fields) => void said.push(`${what}: ${String(fields?.['problem'])}`) };
  openNotifier(log, {}).ready('up');
  const notifier = openNotifier(log, { PATH: '/nowhere', NOTIFY_SOCKET: '/nowhere/socket' });
  notifier.ready('up');
  notifier.stopping();
  await expect.poll(() => said).toHaveLength(1);
  expect(said[0]).toMatch(/^systemd cannot be told how this service is: .*ENOENT/);
});
