import { readFileSync } from 'node:fs';
import { connect as connectTcp, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type SecureVersion } from 'node:tls';
import { InputError } from '../../compiler/error.ts';
import type { Log } from '../log.ts';
import type { Address } from './address.ts';
import type { TlsOptions } from './options.ts';
import { readSecret } from './secrets.ts';
import { openWebSocket } from './websocket.ts';

/** What TLS needs, read from its files. */
export interface TlsMaterial {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly passphrase?: string;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
  readonly minVersion: SecureVersion;
}

/** Reads the files of `tls`. Throws where one cannot be read. */
export function readTls(tls: TlsOptions, host: string, where: string, log: Log): TlsMaterial {
  if ((tls.cert === null) !== (tls.key === null)) {
    throw new InputError({
      where: `${where}.tls`,
      what: `${tls.cert === null ? 'key' : 'cert'} is given without ${tls.cert === null ? 'cert' : 'key'}`,
      hint: 'A certificate of the client needs both files.',
    });
  }
  const read = (name: 'ca' | 'cert' | 'key') =>
    tls[name] === null ? {} : { [name]: readTlsFile(tls[name], `${where}.tls.${name}`) };
  const serverName = tls.serverName ?? (isIP(host) === 0 ? host : null);
  return {
    ...read('ca'),
    ...read('cert'),
    ...read('key'),
    ...(tls.passphrase === null ? {} : { passphrase: readSecret(tls.passphrase, `${where}.tls.passphrase`, log) }),
    ...(serverName === null ? {} : { servername: serverName }),
    rejectUnauthorized: !tls.trustAnyServer,
    minVersion: 'TLSv1.2',
  };
}

function readTlsFile(file: string, where: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new InputError(
      {
        where,
        what: `${file} cannot be read: ${cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'}`,
        hint: 'Give the path of a PEM file that the user of this process may read.',
      },
      { cause },
    );
  }
}

/** Opens a stream to the broker, at once; it connects in the background. `tls` is null where the address is not secure. */
export function openSocket(address: Address, tls: TlsMaterial | null, timeoutMs: number): Duplex {
  const { host, port } = address;
  if (address.transport === 'websocket') {
    const scheme = tls === null ? 'ws' : 'wss';
    return openWebSocket(`${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${address.path}`, { tls, timeoutMs });
  }
  // Nagle's algorithm would hold an acknowledgement back until the broker has acknowledged the one before.
  return tls === null ? connectTcp({ host, port, noDelay: true }) : connectTls({ ...tls, host, port }).setNoDelay(true);
}
