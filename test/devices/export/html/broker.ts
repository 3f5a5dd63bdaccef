import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstMissing } from '../../../browsers/expected.ts';

/** Why there is no broker here, or null. In CI it throws instead. */
export const missingBroker = (): string | null =>
  firstMissing(['/usr/sbin/mosquitto', '/usr/bin/mosquitto_pub'], 'apt-get install mosquitto mosquitto-clients');

/** A mosquitto of this test alone, which asks for a password or not. */
export interface Broker {
  /** ws:// */
  readonly url: string;
  publish(topic: string, payloads: readonly string[]): void;
  stop(): Promise<void>;
  /** At the same address. */
  start(): Promise<void>;
  dispose(): Promise<void>;
}

const user = { name: 'plant', password: 'secret' } as const;

export async function openBroker({ anonymous }: { readonly anonymous: boolean }): Promise<Broker> {
  const folder = mkdtempSync(join(tmpdir(), 'sandglass-broker-'));
  const [tcp, ws] = [await freePort(), await freePort()];
  const passwords = join(folder, 'passwords');
  if (!anonymous) spawnSync('mosquitto_passwd', ['-c', '-b', passwords, user.name, user.password]);
  writeFileSync(
    join(folder, 'mosquitto.conf'),
    [
      ...(process.getuid?.() === 0 ? ['user root'] : []),
      `allow_anonymous ${anonymous}`,
      ...(anonymous ? [] : [`password_file ${passwords}`]),
      `listener ${tcp} 127.0.0.1`,
      `listener ${ws} 127.0.0.1`,
      'protocol websockets',
    ].join('\n'),
  );
  let running: ChildProcess | null = null;
  const stop = async (): Promise<void> => {
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
    await new Promise<void>((resolve, reject) => {
      let said = '';
      child.stderr.on('data', (chunk) => {
        said += String(chunk);
        if (said.includes('running')) resolve();
      });
      child.once('exit', (code) => reject(new Error(`mosquitto ended with ${code}: ${said}`)));
    });
  };
  await start();
  return {
    url: `ws://127.0.0.1:${ws}`,
    publish(topic, payloads) {
      const login = anonymous ? [] : ['-u', user.name, '-P', user.password];
      const words = ['-h', '127.0.0.1', '-p', String(tcp), '-q', '1', '-t', topic, ...login, '-l'];
      const { status, stderr } = spawnSync('mosquitto_pub', words, { input: `${payloads.join('\n')}\n`, encoding: 'utf8' });
      if (status !== 0) throw new Error(`mosquitto_pub: ${stderr}`);
    },
    start,
    stop,
    async dispose() {
      await stop();
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
