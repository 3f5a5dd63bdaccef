import { join } from 'node:path';
import type { BrokerChoice, StreamConfig } from '../config/settle.ts';
import type { ConnectionOptions } from '../mqtt/options.ts';
import { JsonSink, jsonSinkDefaults } from '../sinks/json.ts';
import type { Sink, SinkContext } from '../sinks/define.ts';
import { SparkplugSink } from '../sinks/sparkplug.ts';
import { MqttTransport } from '../sparkplug/mqtt-transport.ts';
import type { Consumer, Spool } from '../spool/define.ts';

export interface OpenSinks {
  readonly sinks: readonly Sink[];
  /** Where each stands in the spool, by its name. */
  readonly consumers: ReadonlyMap<string, Consumer>;
}

/** Sinks of a config. Throws an InputError where one cannot be. */
export function openSinks(
  config: StreamConfig,
  connectionOf: (choice: BrokerChoice) => ConnectionOptions,
  context: Omit<SinkContext, 'consumer'>,
  spool: Spool,
): OpenSinks {
  const consumers = new Map<string, Consumer>();
  const contextOf = (name: string): SinkContext => {
    const consumer = spool.consumer(name);
    consumers.set(name, consumer);
    return { ...context, consumer };
  };
  const sinks: Sink[] = [];
  const { json, sparkplug, homeAssistant } = config;
  if (json !== null) {
    const options = {
      ...jsonSinkDefaults,
      connection: connectionOf(json.broker),
      prefix: json.prefix,
      template: json.template,
      homeAssistant,
    };
    sinks.push(new JsonSink('json', options, contextOf('json')));
  }
  if (sparkplug !== null) {
    const where = `${config.where}, stream.out.sparkplug`;
    const transport = new MqttTransport(
      connectionOf(sparkplug.broker),
      { where, clientId: `sandglass-${config.node}-sparkplug`, maxPayloadBytes: config.decoder.maxPayloadBytes },
      context.log,
    );
    const stateFile = join(config.stateFolder, 'sparkplug');
    sinks.push(new SparkplugSink({ ...contextOf('sparkplug'), options: sparkplug.options, transport, stateFile, where }));
  }
  // What others had read for themselves is no reason to keep records.
  spool.keepOnly([...consumers.keys()]);
  return { sinks, consumers };
}
