import { openLog } from '../../devices/agent/log-pino.ts';
import { serveStatus, statusDefaults, type StatusServer } from '../../devices/agent/http.ts';
import { openNotifier } from '../../devices/agent/notify.ts';
import { openStream, type OpenStream } from '../../devices/agent/open.ts';
import { handleSignals } from '../../devices/agent/signals.ts';
import { readStreamConfig, type Words as ConfigWords } from '../../devices/config/read.ts';
import type { InputFile } from '../../devices/config/schema.ts';
import { artifactName, type StreamConfig } from '../../devices/config/settle.ts';
import { InputError } from '../error.ts';
import { note } from './output.ts';

export interface Words {
  readonly config?: string;
  readonly broker?: string;
  readonly topic?: string;
  readonly format?: string;
  readonly csv?: string;
  readonly follow?: true;
  readonly stdin?: string;
  readonly time?: string;
  readonly node?: string;
  readonly state?: string;
  readonly http?: string;
  readonly logLevel?: string;
  readonly logJson?: true;
}

export async function run(paths: readonly string[], words: Words): Promise<void> {
  const read = (): StreamConfig => readStreamConfig(words.config ?? null, configWords(paths, words), process.cwd());
  const config = read();
  const log = openLog({ level: config.log.level, form: config.log.json ? 'json' : 'text' });
  const notifier = openNotifier(log);
  const stream = await openStream(config, log);
  const status = await serveStatusOf(config, stream, log);
  let stopped: Promise<void> | null = null;
  // A source ends also because it is stopped.
  const stop = (): Promise<void> => (stopped ??= stopAll({ stream, status, notifier }));
  const ignore = handleSignals({
    stop,
    async reload() {
      notifier.reloading();
      await stream.reload(read()).finally(() => notifier.ready('running'));
    },
    log,
    exit: (code) => process.exit(code),
  });
  status?.ready();
  notifier.ready('running');
  if (!config.log.json) tellHowToBegin(config, stream, status);
  // Files that end, and standard input: then all is done.
  await stream.agent.ended;
  ignore();
  await stop();
}

async function stopAll(parts: {
  readonly stream: OpenStream;
  readonly status: StatusServer | null;
  readonly notifier: ReturnType<typeof openNotifier>;
}): Promise<void> {
  parts.notifier.stopping();
  await parts.stream.stop();
  await parts.status?.close();
  parts.notifier.close();
}

async function serveStatusOf(
  config: StreamConfig,
  stream: OpenStream,
  log: ReturnType<typeof openLog>,
): Promise<StatusServer | null> {
  return config.http === null ? null : serveStatus(stream.observed, { ...statusDefaults, listen: config.http }, log);
}

/** A first run has neither broker nor sensors: it says where they are to go. */
function tellHowToBegin(
  { topics, node, json, artifacts }: StreamConfig,
  { broker }: OpenStream,
  status: StatusServer | null,
): void {
  if (broker === null) return;
  const topic = topics[0]?.pattern.replaceAll(/\{(\w+)\}/g, '$1-1').replaceAll('+', 'x');
  note('');
  note(
    `  broker      ${broker.url}, for web pages ${broker.webSocketUrl}: in this process, on this machine only (--broker for another one)`,
  );
  if (topic !== undefined) note(`  samples     sandglass replay ${artifacts[0]!.name}.csv --to ${broker.url}/${topic}`);
  if (json !== null) note(`  scores      sandglass watch --broker ${broker.url}      (topics ${json.prefix}/${node}/...)`);
  if (status !== null) note(`  health      ${status.url}/health, metrics ${status.url}/metrics`);
  note('');
}

/** What the flags say, as a config would. */
function configWords(paths: readonly string[], words: Words): ConfigWords {
  const { broker, node, state, http, logLevel, logJson } = words;
  const inputs = inputsOf(words);
  const artifacts = new Map(paths.map((path) => [artifactName(path), path]));
  if (artifacts.size < paths.length) {
    throw new InputError({
      where: paths.join(' '),
      what: 'two artifacts have the same name',
      hint: 'Name them in a config: "artifacts": { "pump": "a/model.wasm", "fan": "b/model.wasm" }.',
    });
  }
  const level = (['debug', 'info', 'warn', 'error'] as const).find((one) => one === logLevel);
  return {
    ...(paths.length === 0 ? {} : { artifacts: Object.fromEntries(artifacts) }),
    ...(broker === undefined ? {} : { broker }),
    ...(inputs.length === 0 ? {} : { in: inputs }),
    ...(node === undefined ? {} : { node }),
    ...(state === undefined ? {} : { state }),
    ...(http === undefined ? {} : { http: http === 'off' ? false : http }),
    ...(level === undefined && logJson === undefined
      ? {}
      : { log: { ...(level === undefined ? {} : { level }), ...(logJson === undefined ? {} : { json: logJson }) } }),
  };
}

function inputsOf({ topic, format, csv, follow, stdin, time }: Words): InputFile[] {
  const timed = time === undefined ? {} : { time };
  const inputs: Record<string, unknown>[] = [];
  if (topic !== undefined) inputs.push({ topic, ...timed, ...(format === undefined ? {} : { format }) });
  if (csv !== undefined) inputs.push({ csv, ...timed, ...(follow === undefined ? {} : { follow }) });
  if (stdin !== undefined) inputs.push({ stdin, ...timed });
  return inputs as InputFile[];
}
