import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstMissing } from '../../browsers/expected.ts';

/** Why there is no broker here, or null. In CI it throws instead. */
export const missingBroker = (): string | null => firstMissing(['/usr/sbin/mosquitto'], 'apt-get install mosquitto');

/** A mosquitto of one test, which says in its log what it was sent. */
export interface Broker {
  /** mqtt:// */
  readonly url: string;
  /** All that it has logged: connections with their flags and wills, subscriptions, each PUBLISH with QoS and retain. */
  readonly log: () => string;
  /** Stops it in its steps: it takes and answers nothing. */
  freeze(): void;
  /** Ends it without a goodbye. */
  kill(): Promise<void>;
  /** At the same port. */
  start(): Promise<void>;
  dispose(): Promise<void>;
}

export async function openBroker(): Promise<Broker> {
  const folder = mkdtempSync(join(tmpdir(), 'sandglass-sparkplug-'));
  const port = await freePort();
  const user = process.getuid?.() === 0 ? ['user root'] : [];
  writeFileSync(
    join(folder, 'mosquitto.conf'),
    [...user, 'log_type all', 'allow_anonymous true', `listener ${port} 127.0.0.1`].join('\n'),
  );
  let log = '';
  let running: ChildProcess | null = null;
  const kill = async (): Promise<void> => {
    const ended = running;
    running = null;
    if (ended === null || ended.exitCode !== null) return;
    const gone = new Promise((resolve) => ended.once('exit', resolve));
    ended.kill('SIGKILL');
    await gone;
  };
  const start = async (): Promise<void> => {
    const child = spawn('/usr/sbin/mosquitto', ['-c', join(folder, 'mosquitto.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
    running = child;
    const before = log.length;
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (chunk) => {
        log += String(chunk);
        if (log.includes(' running', before)) resolve();
      });
      child.once('exit', (code) => reject(new Error(`mosquitto ended with ${code}: ${log}`)));
    });
  };
  await start();
  return {
    url: `mqtt://127.0.0.1:${port}`,
    log: () => log,
    freeze: () => running?.kill('SIGSTOP'),
    kill,
    start,
    async dispose() {
      await kill();
      rmSync(folder, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
