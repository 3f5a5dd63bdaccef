import { openLog } from '../../devices/agent/log-pino.ts';
import { loadArtifacts } from '../../devices/agent/open.ts';
import { openDecoders, openSources, type OpenSources } from '../../devices/agent/open-sources.ts';
import type { StreamConfig } from '../../devices/config/settle.ts';
import { connectionDefaults } from '../../devices/mqtt/options.ts';
import { Ingest } from '../../devices/worker/ingest.ts';
import { Leases } from '../../devices/worker/leases.ts';
import { ingestDefaults } from '../../devices/worker/options.ts';
import { noSetup } from '../../devices/worker/setup.ts';
import { InputError } from '../error.ts';
import type { NatsWords } from './nats-words.ts';
import { askedToStop, openNats } from './nats.ts';
import { readWords, type StreamWords } from './stream-words.ts';

interface Words extends NatsWords, Omit<StreamWords, 'node' | 'state' | 'http' | 'logLevel' | 'logJson'> {
  readonly linger: number;
  readonly name: string;
}

const log = openLog();

export async function run(paths: readonly string[], words: Words): Promise<void> {
  const config = readWords(paths, words);
  const { all: sources } = await sourcesOf(config, words.name);
  const { jetstream, names } = await openNats(words, `sandglass ingest ${words.name}`, log);
  try {
    const leases = await Leases.open(jetstream, names.leases);
    const found = await leases.read();
    if (found === null) throw noSetup(names);
    const partitions = found.assignment.partitions.length;
    const ingest = new Ingest(
      { jetstream, leases, names, partitions, log },
      { ...ingestDefaults, name: words.name, lingerMs: words.linger },
    );
    await ingest.start(sources);
    await Promise.race([askedToStop(), ingest.ended]);
    await ingest.stop();
    const refused = [...ingest.refused.values()].reduce((sum, count) => sum + count, 0);
    log.info('ingest ends', { samples: ingest.samples, messages: ingest.messages, refused });
  } finally {
    await jetstream.connection.close();
  }
}

/** The artifacts tell which channels there are, and in which units; they score nothing here. */
async function sourcesOf(config: StreamConfig, name: string): Promise<OpenSources> {
  const artifacts = await loadArtifacts(config);
  const decoders = openDecoders(config, artifacts);
  if (decoders !== null && config.broker.kind === 'embedded') {
    throw new InputError({
      where: config.where,
      what: 'has topics, and no broker',
      hint: 'Give --broker mqtt://..., or samples from --csv or --stdin.',
    });
  }
  const connection = config.broker.kind === 'at' ? config.broker.connection : { ...connectionDefaults, url: 'mqtt://127.0.0.1' };
  return openSources({ ...config, node: name }, artifacts, connection, decoders, log);
}
