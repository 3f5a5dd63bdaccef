import { join } from 'node:path';
import { InputError } from '../../compiler/error.ts';
import type { BrokerChoice, StreamConfig } from '../config/settle.ts';
import type { Log } from '../log.ts';
import { embeddedDefaults, startEmbeddedBroker, type EmbeddedBroker, type EmbeddedOptions } from '../mqtt/embedded.ts';
import { connectionDefaults, type ConnectionOptions } from '../mqtt/options.ts';
import { loadArtifact, type LoadedArtifact } from '../scoring/artifact.ts';
import { MessageDecoder } from '../sources/message.ts';
import type { Spool } from '../spool/define.ts';
import { openSpool } from '../spool/spool.ts';
import { Agent } from './agent.ts';
import { Directory } from './directory.ts';
import { Engine } from './engine.ts';
import { Metrics } from './metrics.ts';
import { openSinks } from './open-sinks.ts';
import { openSources } from './open-sources.ts';
import { State } from './state.ts';

/** An agent with all that it runs on. */
export interface OpenStream {
  readonly agent: Agent;
  readonly spool: Spool;
  readonly metrics: Metrics;
  readonly broker: EmbeddedBroker | null;
  /** Goes on with another config, or with artifacts that were replaced; what needs a restart is refused with an InputError, and nothing changes. */
  reload(config: StreamConfig): Promise<void>;
  stop(): Promise<void>;
}

/** Reads artifacts, brings back what was known, connects. Throws an InputError where anything that the user gave does not fit. */
export async function openStream(config: StreamConfig, log: Log): Promise<OpenStream> {
  const artifacts = await loadAll(config);
  // Rules that do not fit are said before anything is opened.
  const decoder = decoderOf(config, artifacts);
  const spool = openSpool({ folder: join(config.stateFolder, 'spool'), log, ...config.spool });
  try {
    const state = new State(config.stateFolder, config.keep, log);
    const directory = new Directory();
    const engine = new Engine(artifacts, Date.now(), config.engine, {
      sensor: (change, device) => directory.tell(change, device),
    });
    directory.pools = () => engine.pools;
    state.restore(engine, spool);
    const broker = await embeddedFor(config);
    const connectionOf = (choice: BrokerChoice): ConnectionOptions => connectionAt(choice, broker);
    const metrics = new Metrics();
    const agent = new Agent({ engine, state, spool, metrics, log }, config.agent);
    const sinks = openSinks(config, connectionOf, { node: config.node, sensors: directory, log }, spool);
    const sources = openSources(config, connectionOf, decoder, log);
    await agent.start(sources, sinks);
    return {
      agent,
      spool,
      metrics,
      broker,
      reload: (next) => Promise.reject(new Error(`internal: ${next.where}`)),
      async stop() {
        await agent.stop();
        await broker?.close();
      },
    };
  } catch (error) {
    await spool.close();
    throw error;
  }
}

const loadAll = ({ artifacts }: StreamConfig): Promise<LoadedArtifact[]> =>
  Promise.all(artifacts.map(({ name, path }) => loadArtifact(name, path)));

function decoderOf({ topics, where, decoder }: StreamConfig, artifacts: readonly LoadedArtifact[]): MessageDecoder {
  const inputs = new Map(artifacts.map(({ name, manifest }) => [name, manifest.input]));
  return new MessageDecoder(topics, inputs, `${where}, stream.in`, decoder);
}

/** Where others look for a broker. */
const usualPorts: EmbeddedOptions = { port: 1883, webSocketPort: 9001 };

async function embeddedFor({ broker, json, sparkplug }: StreamConfig): Promise<EmbeddedBroker | null> {
  const isWanted = [broker, json?.broker, sparkplug?.broker].some((choice) => choice?.kind === 'embedded');
  if (!isWanted) return null;
  try {
    return await startEmbeddedBroker(usualPorts);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return startEmbeddedBroker(embeddedDefaults);
  }
}

function connectionAt(choice: BrokerChoice, broker: EmbeddedBroker | null): ConnectionOptions {
  return choice.kind === 'at' ? choice.connection : { ...connectionDefaults, url: broker!.url };
}
