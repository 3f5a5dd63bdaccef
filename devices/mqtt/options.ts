import type { Secret } from './secrets.ts';

/** TLS of a connection (`mqtts://`, `wss://`). Files are read again on each connect, so that a renewed certificate is taken. */
export interface TlsOptions {
  /** PEM file with the certificates of the authorities that are trusted, instead of those that Node trusts. */
  readonly ca: string | null;
  /** PEM file with the client's certificate (and the chain to its authority); with `key`. */
  readonly cert: string | null;
  /** PEM file with the client's key. */
  readonly key: string | null;
  /** Where the passphrase of `key` is. */
  readonly passphrase: Secret | null;
  /** The name that the broker's certificate must have; the host of the URL by default. */
  readonly serverName: string | null;
  /** true: the broker's certificate is not verified, so anybody can pretend to be the broker. For a test bench. */
  readonly trustAnyServer: boolean;
}

export interface ConnectionOptions {
  /** `mqtt://host:1883`, `mqtts://` (TLS), `ws://host/path`, `wss://`. Without user and password. */
  readonly url: string;
  /** Version of MQTT: `auto` is 5, and 3.1.1 where the broker refuses 5. */
  readonly version: 'auto' | '5' | '3.1.1';
  /** Name under which the broker knows the connection; null: made of the gateway's name. Two clients with the same name throw each other out. */
  readonly clientId: string | null;
  readonly user: string | null;
  /** Where the password is: a file or an environment variable. Read again on each connect. */
  readonly password: Secret | null;
  /** true: the password may go unencrypted to another machine. */
  readonly insecurePassword: boolean;
  readonly tls: TlsOptions;
  /** Seconds of silence after which each side asks whether the other is there. */
  readonly keepAliveSeconds: number;
  /** Seconds until a connection must stand, TLS and the broker's answer included. */
  readonly connectTimeoutSeconds: number;
  /** The first wait before connecting again is random in 0 to `firstSeconds`, doubled each time up to `maxSeconds` (full jitter). */
  readonly backoff: {
    readonly firstSeconds: number;
    readonly maxSeconds: number;
    /** A connection that has lasted so long was a good one: the waits begin anew. */
    readonly stableSeconds: number;
  };
  /** QoS 1 messages on their way to the broker at most; fewer where the broker asks for fewer. */
  readonly window: number;
}

export const connectionDefaults: Omit<ConnectionOptions, 'url'> = {
  version: 'auto',
  clientId: null,
  user: null,
  password: null,
  insecurePassword: false,
  tls: { ca: null, cert: null, key: null, passphrase: null, serverName: null, trustAnyServer: false },
  keepAliveSeconds: 30,
  connectTimeoutSeconds: 20,
  backoff: { firstSeconds: 1, maxSeconds: 60, stableSeconds: 30 },
  window: 2048,
};
