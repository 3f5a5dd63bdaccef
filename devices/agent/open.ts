import { join } from 'node:path';
import { InputError } from '../../compiler/error.ts';
import type { BrokerChoice, StreamConfig } from '../config/settle.ts';
import type { Log } from '../log.ts';
import { embeddedDefaults, startEmbeddedBroker, type EmbeddedBroker, type EmbeddedOptions } from '../mqtt/embedded.ts';
import { connectionDefaults, type ConnectionOptions } from '../mqtt/options.ts';
import { loadArtifact, type LoadedArtifact } from '../scoring/artifact.ts';
import { openSpool } from '../spool/spool.ts';
import type { Spool } from '../spool/define.ts';
import { Agent } from './agent.ts';
import { Directory } from './directory.ts';
import { Engine } from './engine.ts';
import { Metrics } from './metrics.ts';
import type { Observed } from './observed.ts';
import { openSinks } from './open-sinks.ts';
import { openDecoders, openSources } from './open-sources.ts';
import { reloader } from './reload.ts';
import { State } from './state.ts';

/** An agent with all that it runs on. */
export interface OpenStream {
  readonly agent: Agent;
  readonly observed: Observed;
  /** null: the config names others. */
  readonly broker: EmbeddedBroker | null;
  /** Goes on with another config, or with artifacts that were replaced. Throws an InputError, and changes nothing, where that cannot be. */
  reload(config: StreamConfig): Promise<void>;
  stop(): Promise<void>;
}

/** Reads artifacts, brings back what was known, connects. Throws an InputError where anything that the user gave does not fit. */
export async function openStream(config: StreamConfig, log: Log): Promise<OpenStream> {
  const artifacts = await loadArtifacts(config);
  // Rules that do not fit are said before anything is opened.
  const decoders = openDecoders(config, artifacts);
  const spool = openSpool({ folder: join(config.stateFolder, 'spool'), log, ...config.spool });
  const opened: (() => Promise<void>)[] = [() => spool.close()];
  try {
    const state = new State(config.stateFolder, config.keep, log);
    opened.unshift(() => state.close());
    const broker = await embeddedFor(config);
    if (broker !== null) opened.unshift(() => broker.close());
    return await start({ config, log, artifacts, decoders, spool, state, broker });
  } catch (error) {
    for (const close of opened) await close();
    throw error;
  }
}

interface Parts {
  readonly config: StreamConfig;
  readonly log: Log;
  readonly artifacts: readonly LoadedArtifact[];
  readonly decoders: ReturnType<typeof openDecoders>;
  readonly spool: Spool;
  readonly state: State;
  readonly broker: EmbeddedBroker | null;
}

async function start({ config, log, artifacts, decoders, spool, state, broker }: Parts): Promise<OpenStream> {
  const directory = new Directory();
  const engine = new Engine(artifacts, Date.now(), config.engine, {
    sensor: (change, device) => directory.tell(change, device),
  });
  directory.pools = () => engine.pools;
  const connectionOf = (choice: BrokerChoice): ConnectionOptions =>
    choice.kind === 'at' ? choice.connection : { ...connectionDefaults, url: broker!.url };
  const { sinks, consumers } = openSinks(config, connectionOf, { node: config.node, sensors: directory, log }, spool);
  // After the consumers are there: what is scored again is meant for them.
  state.restore(engine, spool);
  const sources = openSources(config, artifacts, connectionOf(config.broker), decoders, log);
  const metrics = new Metrics();
  const agent = new Agent({ engine, state, spool, metrics, log }, config.agent);
  await agent.start(sources.all, sinks);
  return {
    agent,
    observed: { node: config.node, agent, metrics, spool, consumers, state },
    broker,
    reload: reloader(config, agent, sources, log),
    async stop() {
      await agent.stop();
      await broker?.close();
    },
  };
}

export const loadArtifacts = ({ artifacts }: StreamConfig): Promise<LoadedArtifact[]> =>
  Promise.all(artifacts.map(({ name, path }) => loadArtifact(name, path)));

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
