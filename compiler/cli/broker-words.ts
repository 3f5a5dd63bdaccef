import { connectionDefaults, type ConnectionOptions } from '../../devices/mqtt/options.ts';

/** What verbs that go to a broker without a config are asked for. */
export interface BrokerWords {
  readonly user?: string;
  readonly passwordFile?: string;
  readonly insecurePassword?: true;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** The connection that they describe. */
export const connectionOf = (
  url: string,
  { user, passwordFile, insecurePassword, ca, cert, key }: BrokerWords,
): ConnectionOptions => ({
  ...connectionDefaults,
  url,
  user: user ?? null,
  password: passwordFile === undefined ? null : { file: passwordFile },
  insecurePassword: insecurePassword === true,
  tls: { ...connectionDefaults.tls, ca: ca ?? null, cert: cert ?? null, key: key ?? null },
});
