import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { firstMissing } from '../browsers/expected.ts';

/** Why there is no broker here, or null. In CI it throws instead. */
export const missingMosquitto = (): string | null =>
  firstMissing(['/usr/sbin/mosquitto', '/usr/bin/mosquitto_pub'], 'apt-get install mosquitto mosquitto-clients');

export interface MosquittoOptions {
  /** Who may connect; none: everybody. */
  readonly users?: Readonly<Record<string, string>>;
  /** Lines of an ACL file. */
  readonly acl?: readonly string[];
  /** Folder of certificates (`makeCertificates`), for a listener with TLS. */
  readonly tls?: {
    readonly folder: string;
    readonly server?: 'server' | 'expired' | 'elsewhere';
    readonly clientCertificates?: boolean;
  };
  /** Keeps sessions, messages and what is retained: over `stop` all, over `kill` what it has written once a second. */
  readonly persistence?: boolean;
  /** More lines of the config: `max_inflight_messages 100`. */
  readonly settings?: readonly string[];
}

/** A mosquitto of one test, in a folder of its own. */
export interface Mosquitto {
  readonly port: number;
  readonly pid: number;
  /** mqtt:// */
  readonly url: string;
  /** ws:// */
  readonly webSocketUrl: string;
  /** mqtts:// at localhost; '' without TLS. */
  readonly tlsUrl: string;
  /** wss:// at localhost; '' without TLS. */
  readonly secureWebSocketUrl: string;
  /** One message per payload, QoS 1, by mosquitto_pub. */
  publish(topic: string, payloads: readonly string[], login?: readonly [user: string, password: string]): void;
  /** Publishes a message that the broker retains. */
  retain(topic: string, payload: string): void;
  /** Hears what is published to a topic filter, by mosquitto_sub; subscribed when it is given. */
  listen(filter: string, login?: readonly [user: string, password: string]): Promise<Listener>;
  /** Ends it without a goodbye. */
  kill(): Promise<void>;
  /** Ends it with one: it writes what it persists. */
  stop(): Promise<void>;
  /** At the same ports. */
  start(): Promise<void>;
  dispose(): Promise<void>;
}

export interface Heard {
  readonly topic: string;
  readonly payload: string;
  /** Retained by the broker before the listener came. */
  readonly retained: boolean;
}

export interface Listener {
  readonly heard: readonly Heard[];
  /** Settles when so many were heard; rejected after 10 s. */
  until(isThere: (heard: readonly Heard[]) => boolean): Promise<void>;
  stop(): void;
}

export async function openMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'sandglass-mosquitto-'));
  const [tcp, ws, tls, wss] = await freePorts(4);
  writeFileSync(join(folder, 'mosquitto.conf'), configOf(options, folder, { tcp, ws, tls, wss }).join('\n'));
  let running: ChildProcess | null = null;
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    const ended = running;
    running = null;
    if (ended === null || ended.exitCode !== null) return;
    const gone = new Promise((resolve) => ended.once('exit', resolve));
    ended.kill(signal);
    await gone;
  };
  const start = async (): Promise<void> => {
    const child = spawn('/usr/sbin/mosquitto', ['-c', join(folder, 'mosquitto.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
    running = child;
    await new Promise<void>((resolve, reject) => {
      let said = '';
      child.stderr.on('data', (chunk) => {
        // Its beginning is enough: a broker that logs each message would fill the memory.
        if (said.length < 10_000) said += String(chunk);
        if (said.includes(' running')) resolve();
      });
      child.once('exit', (code) => reject(new Error(`mosquitto ended with ${code}: ${said}`)));
    });
  };
  await start();
  return {
    port: tcp,
    get pid() {
      return running?.pid ?? 0;
    },
    url: `mqtt://127.0.0.1:${tcp}`,
    webSocketUrl: `ws://127.0.0.1:${ws}`,
    tlsUrl: options.tls === undefined ? '' : `mqtts://localhost:${tls}`,
    secureWebSocketUrl: options.tls === undefined ? '' : `wss://localhost:${wss}`,
    publish(topic, payloads, login) {
      const words = ['-h', '127.0.0.1', '-p', String(tcp), '-q', '1', '-t', topic, '-l'];
      if (login !== undefined) words.push('-u', login[0], '-P', login[1]);
      const { status, stderr } = spawnSync('/usr/bin/mosquitto_pub', words, {
        input: `${payloads.join('\n')}\n`,
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`mosquitto_pub: ${stderr}`);
    },
    retain(topic, payload) {
      const { status, stderr } = spawnSync(
        '/usr/bin/mosquitto_pub',
        ['-p', String(tcp), '-q', '1', '-r', '-t', topic, '-m', payload],
        { encoding: 'utf8' },
      );
      if (status !== 0) throw new Error(`mosquitto_pub: ${stderr}`);
    },
    listen: (filter, login) => listen(tcp, filter, login),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    start,
    async dispose() {
      await end('SIGKILL');
      rmSync(folder, { recursive: true });
    },
  };
}

async function listen(port: number, filter: string, login?: readonly [user: string, password: string]): Promise<Listener> {
  // Into a pipe it would write in blocks of 4 KB.
  const words = ['-oL', '/usr/bin/mosquitto_sub', '-p', String(port), '-q', '1', '-t', filter, '-d', '-F', '>%r\t%t\t%p'];
  if (login !== undefined) words.push('-u', login[0], '-P', login[1]);
  const child = spawn('stdbuf', words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const heard: Heard[] = [];
  const waiting = new Set<() => void>();
  await new Promise<void>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      if (line.startsWith('Subscribed')) resolve();
      if (!line.startsWith('>')) return;
      const [retained, topic = '', payload = ''] = line.slice(1).split('\t');
      heard.push({ topic, payload, retained: retained === '1' });
      for (const check of waiting) check();
    });
  });
  return {
    heard,
    until: (isThere) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (!isThere(heard)) return;
          clearTimeout(timer);
          waiting.delete(check);
          resolve();
        };
        const timer = setTimeout(
          () => reject(new Error(`not heard in 10 s; heard were ${JSON.stringify(heard.slice(-20))}`)),
          10_000,
        );
        waiting.add(check);
        check();
      }),
    stop: () => void child.kill('SIGKILL'),
  };
}

function configOf(
  { users, acl, tls, persistence = false, settings = [] }: MosquittoOptions,
  folder: string,
  ports: { readonly tcp: number; readonly ws: number; readonly tls: number; readonly wss: number },
): string[] {
  const lines = [
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    'log_type error',
    'log_type warning',
    'log_type notice',
    'log_type information',
    'connection_messages false',
    `allow_anonymous ${users === undefined}`,
    `persistence ${persistence}`,
    `persistence_location ${folder}/`,
    'autosave_interval 1',
    ...settings,
  ];
  if (users !== undefined) {
    const file = join(folder, 'passwords');
    writeFileSync(file, '');
    for (const [name, password] of Object.entries(users)) spawnSync('mosquitto_passwd', ['-b', file, name, password]);
    lines.push(`password_file ${file}`);
  }
  if (acl !== undefined) {
    writeFileSync(join(folder, 'acl'), `${acl.join('\n')}\n`, { mode: 0o600 });
    lines.push(`acl_file ${join(folder, 'acl')}`);
  }
  lines.push(`listener ${ports.tcp} 127.0.0.1`, `listener ${ports.ws} 127.0.0.1`, 'protocol websockets');
  if (tls === undefined) return lines;
  const secure = [
    `cafile ${tls.folder}/ca.pem`,
    `certfile ${tls.folder}/${tls.server ?? 'server'}.pem`,
    `keyfile ${tls.folder}/${tls.server ?? 'server'}.key`,
    ...(tls.clientCertificates === true ? ['require_certificate true', 'use_identity_as_username true'] : []),
  ];
  return [
    ...lines,
    `listener ${ports.tls} 127.0.0.1`,
    ...secure,
    `listener ${ports.wss} 127.0.0.1`,
    'protocol websockets',
    ...secure,
  ];
}

/**
 * Makes an authority (ca.pem), certificates of it for a server at localhost (server), one that has expired (expired), one for another
 * host (elsewhere) and for a client (client), and another authority (other-ca.pem), by openssl. Keys are NAME.key.
 */
export function makeCertificates(folder: string): void {
  const openssl = (...words: readonly string[]): void => {
    const { status, stderr } = spawnSync('openssl', words, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl ${words[0]}: ${stderr}`);
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  for (const name of ['ca', 'other-ca']) {
    openssl(
      'req',
      '-x509',
      ...key,
      '-days',
      '2',
      '-subj',
      `/CN=sandglass test ${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
    );
  }
  const names = { server: 'localhost', expired: 'localhost', elsewhere: 'elsewhere.example', client: 'gateway-7' };
  for (const [name, host] of Object.entries(names)) {
    openssl('req', '-new', ...key, '-subj', `/CN=${host}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=DNS:${host}\n`);
    const signing = [
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-extfile',
      `${name}.ext`,
    ];
    // -1 days: it ended yesterday.
    openssl('x509', ...signing, '-days', name === 'expired' ? '-1' : '2', '-out', `${name}.pem`);
  }
}

/** Ports that nobody listens at, all different. */
export async function freePorts(count: number): Promise<[number, number, number, number]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    ports.push(typeof address === 'object' && address !== null ? address.port : 0);
  }
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return [ports[0] ?? 0, ports[1] ?? 0, ports[2] ?? 0, ports[3] ?? 0];
}
