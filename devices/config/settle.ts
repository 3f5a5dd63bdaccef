import { hostname } from 'node:os';
import { basename, resolve } from 'node:path';
import { InputError } from '../../compiler/error.ts';
import type { AgentOptions } from '../agent/agent.ts';
import type { EngineOptions } from '../agent/engine.ts';
import type { Keep } from '../agent/state.ts';
import { connectionDefaults, type ConnectionOptions } from '../mqtt/options.ts';
import type { Secret } from '../mqtt/secrets.ts';
import { sparkplugDefaults, type SparkplugOptions } from '../sinks/sparkplug/options.ts';
import type { DecoderOptions } from '../sources/message.ts';
import { ruleDefaults, type TopicRule } from '../sources/rule.ts';
import { spoolDefaults } from '../spool/options.ts';
import { topicDefaults, type TopicOptions } from '../sinks/topics.ts';
import type { SpoolLimits } from '../spool/define.ts';
import { csvDefaults, type CsvOptions } from '../sources/csv.ts';
import { sparkplugRuleDefaults, type SparkplugRule } from '../sources/sparkplug.ts';
import type { StdinOptions } from '../sources/stdin.ts';
import type { BrokerFile, InputFile, StreamFile } from './schema.ts';

export type BrokerChoice = { readonly kind: 'embedded' } | { readonly kind: 'at'; readonly connection: ConnectionOptions };

/** All that `sandglass stream` was told, with defaults for the rest. */
export interface StreamConfig {
  /** What errors call it. */
  readonly where: string;
  readonly node: string;
  readonly artifacts: readonly { readonly name: string; readonly path: string }[];
  readonly broker: BrokerChoice;
  readonly topics: readonly TopicRule[];
  /** Whether nobody said where samples come from: then the time has the name that it had in the data of the artifact. */
  readonly isUsual: boolean;
  readonly sparkplugIn: readonly SparkplugRule[];
  readonly files: readonly CsvOptions[];
  readonly stdin: StdinOptions | null;
  readonly json: ({ readonly broker: BrokerChoice } & TopicOptions) | null;
  readonly homeAssistant: { readonly prefix: string } | null;
  readonly sparkplug: { readonly broker: BrokerChoice; readonly options: SparkplugOptions } | null;
  readonly engine: EngineOptions;
  readonly agent: AgentOptions;
  readonly stateFolder: string;
  readonly keep: Keep;
  readonly spool: SpoolLimits;
  readonly decoder: Pick<DecoderOptions, 'reorderMs' | 'combineTimeoutMs' | 'maxPayloadBytes' | 'maxTopics' | 'maxSensors'>;
  readonly http: string | null;
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly json: boolean };
}

/** Where metrics and health are if nobody says; taken, any other port on loopback will do. */
export const usualHttp = '127.0.0.1:9464';

const day = 24 * 3600;
const defaults = {
  topic: 'sensors/{sensor}',
  state: 'sandglass-state',
  http: usualHttp,
  sensors: 10_000,
  payloadBytes: 2 ** 20,
  topics: 50_000,
  forgetSeconds: 30 * day,
  why: 3,
  syncSeconds: 1,
  agent: { snapshotSeconds: 300, snapshotBytes: 64 * 2 ** 20, graceSeconds: 10 },
} as const;

/** Fills in what a file leaves out. `base`: the folder to which its paths are relative. Throws an InputError that points at the key. */
export function settle(file: StreamFile, where: string, base: string): StreamConfig {
  const at = (path: string): string => resolve(base, path);
  const node = file.node ?? hostname();
  const artifacts = Object.entries(file.artifacts ?? {}).map(([name, path]) => ({ name, path: at(path) }));
  if (artifacts.length === 0) {
    throw new InputError({
      where,
      what: 'names no artifact',
      hint: 'Write sandglass stream pump.wasm, or "artifacts": { "pump": "pump.wasm" } in the config.',
    });
  }
  const broker = brokerOf(file.broker ?? 'embedded', at);
  const { limits = {}, order = {}, out = {}, publish = {}, sync = defaults.syncSeconds } = file;
  const sensors = limits.sensors ?? defaults.sensors;
  return {
    where,
    node,
    artifacts,
    broker,
    isUsual: file.in === undefined,
    ...inputsOf(file.in ?? [{ topic: defaults.topic }], artifacts, where, at),
    json: jsonOf(out.json ?? {}, broker, at),
    homeAssistant: out.homeAssistant === undefined ? null : { prefix: out.homeAssistant.prefix ?? 'homeassistant' },
    sparkplug: sparkplugOf(out.sparkplug, broker, at),
    engine: {
      node,
      publish: {
        every: publish.every ?? (publish.change === undefined ? 1 : Number.MAX_SAFE_INTEGER),
        change: publish.change ?? null,
      },
      why: file.why ?? defaults.why,
      maxSensors: sensors,
    },
    agent: {
      ...defaults.agent,
      syncAlways: sync === 'always',
      syncSeconds: sync === 'always' ? defaults.syncSeconds : sync,
      forgetSeconds: limits.forgetSeconds ?? defaults.forgetSeconds,
    },
    stateFolder: at(file.state ?? defaults.state),
    keep: file.keep ?? 'samples',
    spool: {
      maxBytes: file.spool?.maxBytes ?? spoolDefaults.maxBytes,
      maxAgeSeconds: file.spool?.maxAgeSeconds ?? spoolDefaults.maxAgeSeconds,
    },
    decoder: {
      reorderMs: order.reorderMs ?? 0,
      combineTimeoutMs: order.combineTimeoutMs ?? 10_000,
      maxPayloadBytes: limits.payloadBytes ?? defaults.payloadBytes,
      maxTopics: limits.topics ?? defaults.topics,
      maxSensors: 2 * sensors,
    },
    http: file.http === false ? null : (file.http ?? defaults.http),
    log: { level: file.log?.level ?? 'info', json: file.log?.json ?? false },
  };
}

/** 'models/pump.wasm' -> 'pump' */
export const artifactName = (path: string): string => basename(path).replace(/\.wasm$/i, '');

type Inputs = Pick<StreamConfig, 'topics' | 'sparkplugIn' | 'files' | 'stdin'>;

function inputsOf(
  inputs: readonly InputFile[],
  artifacts: StreamConfig['artifacts'],
  where: string,
  at: (path: string) => string,
): Inputs {
  const topics: TopicRule[] = [];
  const sparkplugIn: SparkplugRule[] = [];
  const files: CsvOptions[] = [];
  const lines: StdinOptions[] = [];
  inputs.forEach((input, i) => {
    const artifact = artifactOf(input.artifact, artifacts, `${where}, stream.in[${i}]`);
    if ('topic' in input) {
      const { topic, ...given } = input;
      topics.push({ ...ruleDefaults, ...without(given), pattern: topic, artifact });
    } else if ('sparkplug' in input) {
      const { sparkplug, ...given } = input;
      sparkplugIn.push({ ...sparkplugRuleDefaults, ...without(given), pattern: sparkplug, artifact });
    } else if ('csv' in input) {
      const { csv, ...given } = input;
      files.push({ ...csvDefaults, ...without(given), path: at(csv), artifact });
    } else {
      const { stdin, ...given } = input;
      lines.push({ ...ruleDefaults, ...without(given), format: stdin, artifact });
    }
  });
  const [stdin = null, second] = lines;
  if (second === undefined) return { topics, sparkplugIn, files, stdin };
  throw new InputError({ where: `${where}, stream.in`, what: 'reads standard input twice', hint: 'Leave one of the two out.' });
}

function artifactOf(name: string | undefined, artifacts: StreamConfig['artifacts'], where: string): string {
  if (name !== undefined) return name;
  const [only, second] = artifacts;
  if (second === undefined) return only!.name;
  throw new InputError({
    where,
    what: `does not say which artifact scores its samples; there are ${artifacts.map((one) => one.name).join(', ')}`,
    hint: 'Write "artifact": "..." there.',
  });
}

function jsonOf(
  given: NonNullable<NonNullable<StreamFile['out']>['json']>,
  broker: BrokerChoice,
  at: (path: string) => string,
): StreamConfig['json'] {
  if (given === false) return null;
  const { prefix, template } = given;
  return {
    broker: otherBroker(given.broker, broker, at),
    prefix: prefix ?? topicDefaults.prefix,
    template: template ?? topicDefaults.template,
  };
}

function sparkplugOf(
  given: NonNullable<StreamFile['out']>['sparkplug'],
  broker: BrokerChoice,
  at: (path: string) => string,
): StreamConfig['sparkplug'] {
  if (given === undefined) return null;
  const { broker: own, ...options } = given;
  return { broker: otherBroker(own, broker, at), options: { ...sparkplugDefaults, ...without(options) } };
}

const otherBroker = (own: BrokerFile | undefined, broker: BrokerChoice, at: (path: string) => string): BrokerChoice =>
  own === undefined ? broker : brokerOf(own, at);

function brokerOf(given: BrokerFile, at: (path: string) => string): BrokerChoice {
  if (given === 'embedded') return { kind: 'embedded' };
  const { tls = {}, backoff = {}, password, ...rest } = typeof given === 'string' ? { url: given } : given;
  const { ca, cert, key, passphrase, ...more } = tls;
  const path = (name: string | undefined): string | null => (name === undefined ? null : at(name));
  const secret = (one: Secret | undefined): Secret | null =>
    one === undefined ? null : 'file' in one ? { file: at(one.file) } : one;
  return {
    kind: 'at',
    connection: {
      ...connectionDefaults,
      ...without(rest),
      password: secret(password),
      backoff: { ...connectionDefaults.backoff, ...without(backoff) },
      tls: {
        ...connectionDefaults.tls,
        ...without(more),
        ca: path(ca),
        cert: path(cert),
        key: path(key),
        passphrase: secret(passphrase),
      },
    },
  };
}

/** Without the keys that are undefined, which would else hide defaults. */
const without = <T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
