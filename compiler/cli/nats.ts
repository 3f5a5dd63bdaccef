import type { Log } from '../../devices/log.ts';
import { connectNats } from '../../devices/worker/connect.ts';
import { JetStream } from '../../devices/worker/jetstream.ts';
import { namesOf, type Names } from '../../devices/worker/names.ts';
import type { NatsOptions } from '../../devices/worker/nats-options.ts';
import type { NatsWords } from './nats-words.ts';

/** How long a cluster that has just begun may take to find its leader. */
const patienceMs = 20_000;

export async function openNats(words: NatsWords, name: string, log: Log): Promise<{ jetstream: JetStream; names: Names }> {
  const names = namesOf(words.prefix);
  const options: NatsOptions = {
    servers: words.servers,
    name,
    credentialsFile: words.credentials ?? null,
    user: words.user ?? null,
    passwordFile: words.passwordFile ?? null,
    tlsCa: words.tlsCa ?? null,
    tlsCert: words.tlsCert ?? null,
    tlsKey: words.tlsKey ?? null,
    allowPlainPassword: words.allowPlainPassword === true,
  };
  const connection = await connectNats(options, log);
  try {
    return { jetstream: await JetStream.open(connection, patienceMs), names };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Settles at the first SIGINT or SIGTERM; the second one ends the process at once. */
export function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        resolve();
        process.once(signal, () => process.exit(1));
      });
    }
  });
}
