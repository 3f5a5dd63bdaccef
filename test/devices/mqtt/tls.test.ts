import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectionDefaults, type TlsOptions } from '../../../devices/mqtt/options.ts';
import { firstMissing } from '../../browsers/expected.ts';
import { eventually } from '../captured-log.ts';
import { makeCertificates, missingMosquitto, openMosquitto, type Mosquitto } from '../mosquitto.ts';
import { openConnection } from './open-connection.ts';

const missing = missingMosquitto() ?? firstMissing(['/usr/bin/openssl'], 'apt-get install openssl');

describe.skipIf(missing !== null)('TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sandglass-tls-'));
  const file = (name: string): string => join(folder, name);
  const brokers: Partial<Record<'server' | 'expired' | 'elsewhere' | 'clients', Mosquitto>> = {};
  beforeAll(async () => {
    makeCertificates(folder);
    for (const server of ['server', 'expired', 'elsewhere'] as const)
      brokers[server] = await openMosquitto({ tls: { folder, server } });
    brokers.clients = await openMosquitto({ tls: { folder, clientCertificates: true } });
  });
  afterAll(async () => {
    for (const broker of Object.values(brokers)) await broker.dispose();
    rmSync(folder, { recursive: true });
  });

  /** What became of a connection: `online`, or why not. */
  async function outcome(
    broker: keyof typeof brokers,
    tls: Partial<TlsOptions>,
    scheme: 'tlsUrl' | 'secureWebSocketUrl' = 'tlsUrl',
  ): Promise<string> {
    const { connection, losses, log } = openConnection({
      url: brokers[broker]?.[scheme] ?? '',
      tls: { ...connectionDefaults.tls, ...tls },
    });
    await eventually(() => connection.state.at === 'online' || losses.length > 0, log);
    const isOnline = connection.state.at === 'online';
    if (isOnline) await connection.publish('t', Buffer.from('x'), { qos: 1, retain: false });
    await connection.close();
    return isOnline ? ['online', ...log.lines.filter((line) => line.startsWith('warn'))].join('; ') : (losses[0] ?? '');
  }

  const known = { ca: file('ca.pem') };

  test.each(['tlsUrl', 'secureWebSocketUrl'] as const)(
    '%s: a broker whose authority is known is spoken to, another is not',
    async (scheme) => {
      expect(await outcome('server', known, scheme)).toBe('online');
      expect(await outcome('server', {}, scheme)).toContain('give its certificate as tls.ca');
      expect(await outcome('server', { ca: file('other-ca.pem') }, scheme)).toContain('give its certificate as tls.ca');
      expect(await outcome('expired', known, scheme)).toBe("the broker's certificate has expired (CERT_HAS_EXPIRED)");
      expect(await outcome('elsewhere', known, scheme)).toContain("the broker's certificate is for another host name");
      expect(await outcome('elsewhere', { ...known, serverName: 'elsewhere.example' }, scheme)).toBe('online');
    },
  );

  test('verification is off only where that is said, and the log says so at each connection', async () => {
    expect(await outcome('expired', { trustAnyServer: true })).toBe(
      'online; warn the certificate of the broker is not verified (trustAnyServer) {"to":"test"}',
    );
  });

  test('a broker that wants a certificate of the client', async () => {
    const client = { cert: file('client.pem'), key: file('client.key') };
    expect(await outcome('clients', { ...known, ...client })).toBe('online');
    expect(await outcome('clients', { ...known, ...client }, 'secureWebSocketUrl')).toBe('online');
    expect(await outcome('clients', known)).toMatch(/give tls.cert and tls.key|cut the connection/);
    expect(await outcome('clients', { ...known, cert: file('client.pem'), key: file('server.key') })).toContain(
      'do not belong together',
    );
  });

  test('files that cannot be read and half a pair are told at the start', () => {
    const url = 'mqtts://localhost:1';
    const open = (tls: Partial<TlsOptions>) => openConnection({ url, tls: { ...connectionDefaults.tls, ...tls } });
    expect(() => open({ ca: '/no/ca.pem' })).toThrow('test.tls.ca: /no/ca.pem cannot be read: ENOENT');
    expect(() => open({ cert: file('client.pem') })).toThrow('test.tls: cert is given without key');
  });

  test('plain TCP to a port that speaks TLS, and TLS to a plain one', async () => {
    const tls = openConnection({ url: (brokers.server?.tlsUrl ?? '').replace('mqtts', 'mqtt'), connectTimeoutSeconds: 2 });
    const plain = openConnection({ url: (brokers.server?.url ?? '').replace('mqtt', 'mqtts'), connectTimeoutSeconds: 2 });
    await eventually(() => tls.losses.length > 0 && plain.losses.length > 0);
    expect(tls.losses[0]).toMatch(/closed the connection|cut the connection|no MQTT broker/);
    expect(plain.losses[0]).toMatch(/cut the connection|does not speak TLS|socket disconnected/);
    await Promise.all([tls.connection.close(), plain.connection.close()]);
  });

  test('TLS below 1.2 is refused, whatever Node is set to', async () => {
    const server = createServer({
      cert: readFileSync(file('server.pem')),
      key: readFileSync(file('server.key')),
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    server.on('tlsClientError', () => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const url = `mqtts://localhost:${typeof address === 'object' ? address?.port : 0}`;
    const { connection, losses } = openConnection({ url, tls: { ...connectionDefaults.tls, ...known } });
    await eventually(() => losses.length > 0);
    expect(losses[0]).toMatch(/TLS older than 1.2/);
    await connection.close();
    server.close();
  });
});
