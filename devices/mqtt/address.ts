import { InputError } from '../../compiler/error.ts';
import { nearest } from '../../compiler/nearest.ts';

interface Scheme {
  readonly transport: 'tcp' | 'websocket';
  readonly secure: boolean;
  readonly port: number;
}

const schemes: Readonly<Record<string, Scheme>> = {
  mqtt: { transport: 'tcp', secure: false, port: 1883 },
  mqtts: { transport: 'tcp', secure: true, port: 8883 },
  ws: { transport: 'websocket', secure: false, port: 80 },
  wss: { transport: 'websocket', secure: true, port: 443 },
};

/** Where a broker is. */
export interface Address extends Scheme {
  readonly host: string;
  /** Of a WebSocket, with the query: `/mqtt`. */
  readonly path: string;
  /** This machine: what is sent there nobody else hears. */
  readonly isLoopback: boolean;
  /** For logs: scheme, host and port. */
  readonly text: string;
}

/** Reads `mqtt://host:port`, `mqtts://`, `ws://host:port/path` or `wss://`. Throws where it cannot, or where it holds a user or password. */
export function parseAddress(url: string, where: string): Address {
  if (!URL.canParse(url)) throw wrong(where, `expected the URL of a broker, found ${JSON.stringify(withoutSecrets(url))}`);
  const parsed = new URL(url);
  const name = parsed.protocol.slice(0, -1);
  const scheme = schemes[name];
  if (scheme === undefined) {
    const near = nearest(name, Object.keys(schemes));
    throw wrong(
      where,
      `expected mqtt://, mqtts://, ws:// or wss://, found ${name}://${near === null ? '' : `; did you mean ${near}://?`}`,
    );
  }
  // Not `parsed.username !== ''` alone: `mqtt://:secret@host` has a password only.
  if (parsed.username !== '' || parsed.password !== '') {
    throw new InputError({
      where,
      what: `the URL of ${parsed.host} holds a user name or password, which everybody can read in the list of processes and in logs`,
      hint: 'Give the name as "user" and the password as { "file": "/etc/sandglass/password" } or { "env": "MQTT_PASSWORD" }.',
    });
  }
  if (parsed.hostname === '') throw wrong(where, `the URL ${JSON.stringify(url)} names no host`);
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = parsed.port === '' ? scheme.port : Number(parsed.port);
  return {
    ...scheme,
    port,
    host,
    path: `${parsed.pathname === '' ? '/' : parsed.pathname}${parsed.search}`,
    isLoopback: isLoopback(host),
    text: `${name}://${host.includes(':') ? `[${host}]` : host}:${port}`,
  };
}

const wrong = (where: string, what: string): InputError =>
  new InputError({
    where,
    what,
    hint: 'Write it like mqtt://broker.example:1883, or mqtts:// for TLS, or wss://broker.example/mqtt.',
  });

/** What follows the last @ of what may be a URL, so that an error does not show a password that was mistyped into it. */
const withoutSecrets = (text: string): string => (text.includes('@') ? `...@${text.slice(text.lastIndexOf('@') + 1)}` : text);

function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127\.\d+\.\d+\.\d+$/.test(name);
}

/** Throws where a password would go over a network that others may listen to, unless that is said to be wanted. */
export function refuseOpenPassword(
  address: Address,
  options: { readonly hasPassword: boolean; readonly insecurePassword: boolean },
  where: string,
): void {
  if (!options.hasPassword || options.insecurePassword || address.secure || address.isLoopback) return;
  throw new InputError({
    where,
    what: `the password would go to ${address.text} unencrypted, for everybody on the way to read`,
    hint: `Use ${address.transport === 'tcp' ? 'mqtts' : 'wss'}:// (TLS), or set "insecurePassword": true if the network is yours alone.`,
  });
}
