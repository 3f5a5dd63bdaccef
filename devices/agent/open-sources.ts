import type { StreamConfig } from '../config/settle.ts';
import type { Log } from '../log.ts';
import type { ConnectionOptions } from '../mqtt/options.ts';
import type { LoadedArtifact } from '../scoring/artifact.ts';
import { CsvSource } from '../sources/csv.ts';
import type { Receiver, Source, SourceContext } from '../sources/define.ts';
import type { ArtifactInput } from '../sources/mapping.ts';
import { MessageDecoder } from '../sources/message.ts';
import { MqttSource, mqttSourceDefaults } from '../sources/mqtt.ts';
import { namespace } from '../sparkplug/topic.ts';
import { SparkplugDecoder } from '../sources/sparkplug.ts';
import { StdinSource } from '../sources/stdin.ts';

/** Rules that fit their artifacts: what messages become. */
export interface Decoders {
  readonly filters: readonly string[];
  readonly topics: MessageDecoder | null;
  readonly sparkplug: SparkplugDecoder | null;
  receive(topic: string, payload: Uint8Array, arrivedSeconds: number, receiver: Receiver): void;
  /** What waits for the rest of its sample goes on: what has waited too long, or all. */
  expire(nowSeconds: number, receiver: Receiver): void;
  flush(receiver: Receiver): void;
}

/** Throws an InputError where a rule does not fit its artifact. null: nothing comes by MQTT. */
export function openDecoders(config: StreamConfig, artifacts: readonly LoadedArtifact[]): Decoders | null {
  const inputs = inputsOf(artifacts);
  const where = `${config.where}, stream.in`;
  const rules = config.topics.map((rule) => (config.isUsual ? { ...rule, time: inputs.get(rule.artifact)?.time ?? null } : rule));
  const topics = rules.length === 0 ? null : new MessageDecoder(rules, inputs, where, config.decoder);
  const sparkplug = config.sparkplugIn.length === 0 ? null : new SparkplugDecoder(config.sparkplugIn, inputs, where);
  if (topics === null && sparkplug === null) return null;
  return {
    filters: [...(topics?.filters ?? []), ...(sparkplug?.filters ?? [])],
    topics,
    sparkplug,
    receive(topic, payload, arrived, receiver) {
      if (sparkplug !== null && (topics === null || topic.startsWith(`${namespace}/`)))
        sparkplug.receive(topic, payload, arrived, receiver);
      else topics!.receive(topic, payload, arrived, receiver);
    },
    expire: (now, receiver) => topics?.expire(now, receiver),
    flush: (receiver) => topics?.flush(receiver),
  };
}

const inputsOf = (
  artifacts: readonly LoadedArtifact[],
): ReadonlyMap<string, ArtifactInput & LoadedArtifact['manifest']['input']> =>
  new Map(artifacts.map(({ name, manifest }) => [name, manifest.input]));

export interface OpenSources {
  readonly all: readonly Source[];
  /** The one of them that takes other rules while it runs. */
  readonly mqtt: MqttSource | null;
}

/** Edge nodes are asked for births over the connection by which their messages come. */
export function letAsk({ sparkplug }: Decoders, mqtt: MqttSource): void {
  if (sparkplug !== null) sparkplug.ask = ({ topic, payload }) => mqtt.publish(topic, payload);
}

/** Sources of a config. Throws an InputError where one cannot be. */
export function openSources(
  config: StreamConfig,
  artifacts: readonly LoadedArtifact[],
  connection: ConnectionOptions,
  decoders: Decoders | null,
  log: Log,
): OpenSources {
  const context: SourceContext = { log, maxPayloadBytes: config.decoder.maxPayloadBytes };
  const inputs = inputsOf(artifacts);
  const mqtt =
    decoders === null ? null : new MqttSource('mqtt', config.node, { ...mqttSourceDefaults, connection }, decoders, context);
  if (mqtt !== null && decoders !== null) letAsk(decoders, mqtt);
  const files = config.files.map((options) => new CsvSource(options, inputs, context, `${config.where}, stream.in`));
  const stdin = config.stdin === null ? [] : [new StdinSource(config.stdin, inputs, context, `${config.where}, stream.in`)];
  return { all: [...(mqtt === null ? [] : [mqtt]), ...files, ...stdin], mqtt };
}
