import { readFileSync } from 'node:fs';
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { InputError } from '../../compiler/error.ts';
import type { Log } from '../log.ts';
import { passwordVariable, type NatsOptions } from './nats-options.ts';

/** The one file that knows the transport; others take this type from here. */
export type Connection = NatsConnection;

/** Connects, and again for ever when the connection is lost. Throws an InputError if that cannot work as asked. */
export async function connectNats(options: NatsOptions, log: Log): Promise<Connection> {
  const servers = options.servers.map((server) => checkServer(server));
  const password = options.user === null ? null : passwordOf(options);
  const isTls = tlsFiles(options).length > 0 || servers.every(({ protocol }) => protocol === 'tls:');
  if (password !== null && !isTls && !options.allowPlainPassword) refusePlainPassword(servers);
  const tls = isTls
    ? {
        ...(options.tlsCa === null ? {} : { ca: readText(options.tlsCa) }),
        ...(options.tlsCert === null ? {} : { cert: readText(options.tlsCert) }),
        ...(options.tlsKey === null ? {} : { key: readText(options.tlsKey) }),
      }
    : null;
  try {
    const connection = await connect({
      servers: servers.map(({ host }) => host),
      name: options.name,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      reconnectJitter: 250,
      timeout: 5000,
      ...(tls === null ? {} : { tls }),
      ...(options.user === null ? {} : { user: options.user, pass: password ?? '' }),
      ...(options.credentialsFile === null
        ? {}
        : { authenticator: credsAuthenticator(Buffer.from(readText(options.credentialsFile))) }),
    });
    void sayWhatHappens(connection, log);
    return connection;
  } catch (cause) {
    const what = `cannot connect (${cause instanceof Error ? cause.message : String(cause)})`;
    const hint = 'Check that nats-server runs there with JetStream, and what it asks for: TLS, a user, credentials.';
    throw new InputError({ where: options.servers.join(', '), what, hint }, { cause });
  }
}

const protocols = new Set(['nats:', 'tls:']);

function checkServer(server: string): URL {
  const text = server.includes('://') ? server : `nats://${server}`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !protocols.has(url.protocol) || url.hostname === '') {
    const hint = 'Give nats://host:port or tls://host:port.';
    throw new InputError({ where: server, what: 'is no address of a NATS server', hint });
  }
  if (url.username !== '' || url.password !== '') {
    throw new InputError({
      where: url.host,
      what: 'the address holds a user or a password, which others see in the list of processes',
      hint: `Use --credentials <file>, or --user with --password-file or the variable ${passwordVariable}.`,
    });
  }
  if (url.port === '') url.port = '4222';
  return url;
}

const tlsFiles = ({ tlsCa, tlsCert, tlsKey }: NatsOptions): string[] => [tlsCa, tlsCert, tlsKey].filter((file) => file !== null);

function passwordOf({ user, passwordFile }: NatsOptions): string {
  const password = passwordFile === null ? process.env[passwordVariable] : readText(passwordFile).replace(/\r?\n$/, '');
  if (password === undefined) {
    throw new InputError({
      where: `user ${user ?? ''}`,
      what: 'has no password',
      hint: `Give --password-file <file>, or set ${passwordVariable}.`,
    });
  }
  return password;
}

const isLoopback = ({ hostname }: URL): boolean => /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);

function refusePlainPassword(servers: readonly URL[]): void {
  const far = servers.find((server) => !isLoopback(server));
  if (far === undefined) return;
  throw new InputError({
    where: far.host,
    what: 'the password would go there readable for all on the way',
    hint: 'Use tls:// (with --tls-ca where the authority is your own), or say --allow-plain-password.',
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const what = code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`;
    throw new InputError({ where: path, what, hint: 'Check the path and its permissions.' }, { cause });
  }
}

async function sayWhatHappens(connection: Connection, log: Log): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') log.warn('connection to NATS lost');
    else if (status.type === 'reconnect') log.info('connected to NATS again', { server: status.server });
    else if (status.type === 'error') log.warn('NATS says', { problem: status.error.message.slice(0, 200) });
  }
}
