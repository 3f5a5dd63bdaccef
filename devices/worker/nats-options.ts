/** How the NATS cluster is reached. */
export interface NatsOptions {
  /** nats://host:port or tls://host:port, one or more of a cluster; the client learns of the others. */
  readonly servers: readonly string[];
  /** As others see the connection (`nats server report connections`). */
  readonly name: string;
  /** A .creds file: user JWT and nkey; null: none. */
  readonly credentialsFile: string | null;
  /** User, with the password of the file or, without one, of the environment variable SANDGLASS_NATS_PASSWORD; null: none. */
  readonly user: string | null;
  readonly passwordFile: string | null;
  /** PEM files; null: not given. With any of them the connection has to be TLS. */
  readonly tlsCa: string | null;
  readonly tlsCert: string | null;
  readonly tlsKey: string | null;
  /** Lets a password go over plain TCP to another host. */
  readonly allowPlainPassword: boolean;
}

export const natsDefaults: NatsOptions = {
  servers: ['nats://127.0.0.1:4222'],
  name: 'sandglass',
  credentialsFile: null,
  user: null,
  passwordFile: null,
  tlsCa: null,
  tlsCert: null,
  tlsKey: null,
  allowPlainPassword: false,
};

/** Where a password comes from that is in no file. */
export const passwordVariable = 'SANDGLASS_NATS_PASSWORD';
