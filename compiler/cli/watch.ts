import { openLog } from '../../devices/agent/log-pino.ts';
import { feedDefaults, openFeed, type Feed } from '../../devices/watch/feed.ts';
import { watchInLines } from '../../devices/watch/lines.ts';
import { watchInTerminal } from '../../devices/watch/terminal/terminal.ts';
import { serveWatch, webDefaults } from '../../devices/watch/web.ts';
import { watchPage } from '../../devices/watch/web-page.ts';
import { connectionOf, type BrokerWords } from './broker-words.ts';
import { note, print } from './output.ts';

interface Words extends BrokerWords {
  readonly broker: string;
  readonly prefix: string;
  readonly filter: string;
  /** true: at the port that it has by default. */
  readonly web?: string | true;
  readonly json?: true;
}

export async function run(words: Words): Promise<void> {
  const inTerminal =
    words.web === undefined && words.json === undefined && process.stdout.isTTY === true && process.stdin.isTTY === true;
  // What the log says would be written across the picture, which says itself what is wrong.
  const log = openLog({ level: inTerminal ? 'error' : 'warn', form: 'text' });
  const feed = openFeed(feedOptions(words), log);
  const stop = untilSignal();
  try {
    if (words.web !== undefined) await serveUntil(feed, words.web === true ? webDefaults.listen : words.web, stop, log);
    else if (inTerminal)
      await watchInTerminal(feed, terminalOptions(words), { input: process.stdin, output: process.stdout }, stop);
    else await watchInLines(feed, { json: words.json === true, filter: words.filter }, { write: print, stop });
  } finally {
    await feed.close();
  }
}

const feedOptions = (words: Words) => ({
  ...feedDefaults,
  prefix: words.prefix,
  connection: connectionOf(words.broker, words),
});

const terminalOptions = ({ filter }: Words) => ({ filter, colour: !process.env['NO_COLOR'] });

async function serveUntil(feed: Feed, listen: string, stop: AbortSignal, log: Parameters<typeof serveWatch>[3]): Promise<void> {
  const server = await serveWatch(feed, await watchPage(), { listen }, log);
  note(`${server.url}   <- open it in a browser; Ctrl-C ends it`);
  await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
  await server.close();
}

/** The first SIGINT, SIGTERM or SIGHUP (the terminal has gone) ends the watch in order, the second one at once. */
function untilSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}
