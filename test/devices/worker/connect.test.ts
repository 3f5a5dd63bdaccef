import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quiet } from '../../../devices/log.ts';
import { connectNats } from '../../../devices/worker/connect.ts';
import { JetStream } from '../../../devices/worker/jetstream.ts';
import { namesOf } from '../../../devices/worker/names.ts';
import { natsDefaults, type NatsOptions } from '../../../devices/worker/nats-options.ts';
import { setup, setupDefaults } from '../../../devices/worker/setup.ts';
import { missingServer, openCluster, type Cluster } from './cluster.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-connect-'));
const file = (name: string): string => join(folder, name);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const connect = (options: Partial<NatsOptions>) => connectNats({ ...natsDefaults, ...options }, quiet);

test.each<[string, Partial<NatsOptions>, string]>([
  ['no address', { servers: ['http://x'] }, 'http://x: is no address of a NATS server'],
  ['a password in the address', { servers: ['nats://me:secret@x'] }, 'x: the address holds a user or a password'],
  ['no password', { user: 'me' }, 'user me: has no password'],
  ['a file that is not there', { user: 'me', passwordFile: '/nowhere' }, '/nowhere: there is no such file'],
  ['nobody there', { servers: ['nats://127.0.0.1:1'] }, 'nats://127.0.0.1:1: cannot connect'],
])('%s: refused with a place, a fact and a way out', async (_, options, message) => {
  await expect(connect(options)).rejects.toThrow(message);
});

test('a password does not go to another host without TLS, and no message holds it', async () => {
  writeFileSync(file('password'), 'secret\n');
  const options = { servers: ['nats://broker.example:4222'], user: 'me', passwordFile: file('password') };
  const error = await connect(options).then(String, String);
  expect(error).toContain('broker.example:4222: the password would go there readable');
  expect(error).not.toContain('secret');
});

describe.skipIf(missingServer() !== null)('a server with TLS that asks for a password', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file('key.pem')];
    const { status, stderr } = spawnSync('openssl', ['req', '-x509', ...key, '-out', file('cert.pem'), '-days', '1', ...name]);
    if (status !== 0) throw new Error(String(stderr));
    const tls = `tls { cert_file: "${file('cert.pem')}", key_file: "${file('key.pem')}" }`;
    cluster = await openCluster(1, [tls, 'authorization { user: me, password: secret }']);
  });

  afterAll(() => cluster?.dispose());

  test('lets in who knows both, and refuses the others with a sentence', async () => {
    const [server] = cluster.servers.map((url) => url.replace('nats:', 'tls:'));
    const known = { servers: [server!], user: 'me', passwordFile: file('password'), tlsCa: file('cert.pem') };
    const connection = await connect(known);
    const jetstream = await JetStream.open(connection, 5000);
    const options = { ...setupDefaults, samplesMaxBytes: 1e6, scoresMaxBytes: 1e6 };
    await expect(setup(jetstream, namesOf('one'), options, quiet)).rejects.toThrow('a single server keeps no replicas');
    await setup(jetstream, namesOf('one'), { ...options, replicas: 1 }, quiet);
    await connection.close();

    writeFileSync(file('wrong'), 'other');
    await expect(connect({ ...known, passwordFile: file('wrong') })).rejects.toThrow(/cannot connect \(.*Authorization/i);
    await expect(connect({ ...known, tlsCa: null })).rejects.toThrow(/cannot connect \(.*self.signed/i);
  });
});
