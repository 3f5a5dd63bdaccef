import { openLog } from '../../devices/agent/log-pino.ts';
import { serveStatus, statusDefaults, type StatusServer } from '../../devices/agent/http.ts';
import { openNotifier } from '../../devices/agent/notify.ts';
import { openStream, type OpenStream } from '../../devices/agent/open.ts';
import { handleSignals } from '../../devices/agent/signals.ts';
import { usualHttp, type StreamConfig } from '../../devices/config/settle.ts';
import { InputError } from '../error.ts';
import { note } from './output.ts';
import { readWords, type StreamWords } from './stream-words.ts';

export async function run(paths: readonly string[], words: StreamWords): Promise<void> {
  const read = (): StreamConfig => readWords(paths, words);
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

/** null: it is not wanted. The agent stops where the port that somebody chose cannot be had. */
async function serveStatusOf(
  { http }: StreamConfig,
  stream: OpenStream,
  log: ReturnType<typeof openLog>,
): Promise<StatusServer | null> {
  if (http === null) return null;
  const serve = (listen: string): Promise<StatusServer> => serveStatus(stream.observed, { ...statusDefaults, listen }, log);
  try {
    return await serve(http).catch((error: unknown) => {
      if (http !== usualHttp || !(error instanceof InputError)) throw error;
      log.warn('the usual port of metrics and health is taken: another one is used', { port: http });
      return serve('127.0.0.1:0');
    });
  } catch (error) {
    await stream.stop();
    throw error;
  }
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
