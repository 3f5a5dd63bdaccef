import { Option } from 'commander';
import { natsDefaults, passwordVariable } from '../../devices/worker/nats-options.ts';

/** What verbs that speak with NATS are asked for. */
export interface NatsWords {
  readonly servers: readonly string[];
  readonly prefix: string;
  readonly credentials?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly allowPlainPassword?: true;
}

const list = (text: string): readonly string[] => text.split(',').map((server) => server.trim());

export const natsWords = (): readonly Option[] => [
  new Option('--servers <urls>', 'nodes of the NATS cluster: nats://a:4222,nats://b:4222 or tls://...')
    .argParser(list)
    .default(natsDefaults.servers),
  new Option('--prefix <name>', 'begins the names of all that this fleet has in NATS').default('sandglass'),
  new Option('--credentials <file.creds>', 'who we are: a JWT and its key'),
  new Option('--user <name>', `... or a user, with the password of --password-file or of the variable ${passwordVariable}`),
  new Option('--password-file <file>', 'a file that holds the password alone'),
  new Option('--tls-ca <file.pem>', 'authority that signed the certificates of the servers'),
  new Option('--tls-cert <file.pem>', 'our certificate'),
  new Option('--tls-key <file.pem>', 'its key'),
  new Option('--allow-plain-password', 'let a password go to another host without TLS'),
];
