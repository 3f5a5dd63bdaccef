import { Ingest } from '../../devices/worker/ingest.ts';
import { Leases } from '../../devices/worker/leases.ts';
import { LinesSource } from '../../devices/worker/lines.ts';
import { ingestDefaults } from '../../devices/worker/options.ts';
import { noSetup } from '../../devices/worker/setup.ts';
import type { NatsWords } from './nats-words.ts';
import { askedToStop, logLines, openNats } from './nats.ts';

interface Words extends NatsWords {
  readonly artifact: string;
  readonly linger: number;
  readonly name: string;
}

export async function run(words: Words): Promise<void> {
  const { jetstream, names } = await openNats(words, `sandglass ingest ${words.name}`, logLines);
  try {
    const leases = await Leases.open(jetstream, names.leases);
    const found = await leases.read();
    if (found === null) throw noSetup(names);
    const partitions = found.assignment.partitions.length;
    const ingest = new Ingest(
      { jetstream, leases, names, partitions, log: logLines },
      { ...ingestDefaults, name: words.name, lingerMs: words.linger },
    );
    await ingest.start([new LinesSource(process.stdin, words.artifact)]);
    await Promise.race([askedToStop(), ingest.ended]);
    await ingest.stop();
    const refused = [...ingest.refused.values()].reduce((sum, count) => sum + count, 0);
    logLines.info('ingest ends', { samples: ingest.samples, messages: ingest.messages, refused });
  } finally {
    await jetstream.connection.close();
  }
}
