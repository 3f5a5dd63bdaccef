import type { ServerResponse } from 'node:http';
import { readCount, sendText, serve, type Served } from '../http/serve.ts';
import type { Log } from '../log.ts';
import type { Feed } from './feed.ts';
import { shows, type Update } from './view.ts';
import { gatewaysOf, rowView, Viewer, type ViewerOptions } from './viewer.ts';
import { sentenceOf } from './words.ts';

export interface WebOptions {
  /** `host:port`, or a port on loopback. Whoever can reach it sees the board: there is no password. */
  readonly listen: string;
}

export const webDefaults: WebOptions = { listen: '127.0.0.1:8020' };

/** Pages at the same time: each has its rows sorted for it, four times a second at most. */
const mostPages = 16;

const everyMs = 250;

/** Something goes to a page at least so often: that is how both sides notice that the other one is gone. */
const quietMs = 15_000;

/** A page that does not read so much gets no more until it does. */
const mostWaitingBytes = 2 ** 20;

const [rowsShown, mostRows, mostFilter] = [60, 500, 100];

/** Sentences that a page reads out at once. */
const mostSaid = 3;

/** Serves the page of the board, and what changes as server-sent events. Throws an InputError where it cannot listen. */
export async function serveWatch(feed: Feed, page: string, { listen }: WebOptions, log: Log): Promise<Served> {
  const pages = new Set<Stream>();
  const server = await serve(
    { listen, where: '--web', maxConnections: 4 * mostPages, log },
    {
      '/': (_, response) => sendText(response, 200, page, 'text/html; charset=utf-8'),
      '/events': (query, response) => {
        if (pages.size >= mostPages) return sendText(response, 503, `${mostPages} pages are open already.\n`);
        const stream = new Stream(feed, optionsOf(query), response);
        pages.add(stream);
        response.on('close', () => pages.delete(stream));
        return stream.send(Date.now(), []);
      },
    },
  );
  const timer = setInterval(() => {
    const said = alarmsOf(feed);
    const nowMs = Date.now();
    for (const stream of pages) stream.send(nowMs, said);
  }, everyMs);
  return {
    ...server,
    async close() {
      clearInterval(timer);
      await server.close();
    },
  };
}

/** Throws a RangeError, which becomes an answer of 400. */
function optionsOf(query: URLSearchParams): ViewerOptions {
  const word = query.get('show') ?? 'all';
  const show = shows.find((known) => known === word);
  if (show === undefined) throw new RangeError(`show: expected ${shows.join(', ')}`);
  return {
    filter: (query.get('filter') ?? '').slice(0, mostFilter),
    show,
    limit: readCount(query, 'limit', rowsShown, mostRows),
  };
}

/** Alarms that went on or off, and gateways that went or came, since the last call. */
function alarmsOf(feed: Feed): string[] {
  const changes = feed.board.takeChanges().filter(({ what }) => ['alarm-on', 'alarm-off', 'offline', 'online'].includes(what));
  const said = changes.slice(0, mostSaid).map(sentenceOf);
  return changes.length > mostSaid ? [...said, `and ${changes.length - mostSaid} more`] : said;
}

/** What one page has been sent. */
class Stream {
  readonly #feed: Feed;
  readonly #viewer: Viewer;
  readonly #response: ServerResponse;
  #versions: ReadonlyMap<number, string> = new Map();
  #order = '';
  #head = '';
  #sentMs = -Infinity;

  constructor(feed: Feed, options: ViewerOptions, response: ServerResponse) {
    this.#feed = feed;
    this.#viewer = new Viewer(feed.board, options);
    this.#response = response;
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.socket?.setNoDelay(true);
  }

  /** Sends what differs from what was sent before; nothing where that is nothing. */
  send(nowMs: number, said: readonly string[]): void {
    if (this.#response.writableLength > mostWaitingBytes) return;
    const { rows, order, head, ...changed } = this.#changes(nowMs);
    const isSame = rows.length === 0 && order === undefined && !changed.isHeadNew && said.length === 0;
    if (isSame) {
      if (nowMs - this.#sentMs > quietMs) this.#write(':\n\n', nowMs);
      return;
    }
    const update: Update = { now: nowMs, ...head, ...(order === undefined ? {} : { order }), rows, said };
    this.#write(`data: ${JSON.stringify(update)}\n\n`, nowMs);
  }

  #write(text: string, nowMs: number): void {
    this.#sentMs = nowMs;
    this.#response.write(text);
  }

  #changes(nowMs: number) {
    const { board, link } = this.#feed;
    const seen = this.#viewer.rows(nowMs);
    // A row in alarm becomes silent without a new version.
    const versions = new Map(seen.map((row) => [row.id, `${row.version}${board.isSilent(row, nowMs) ? ' silent' : ''}`]));
    const rows = seen.filter(({ id }) => versions.get(id) !== this.#versions.get(id)).map((row) => rowView(board, row, nowMs));
    const ids = seen.map(({ id }) => id);
    const isOrderNew = ids.join() !== this.#order || this.#head === '';
    const { gateways, counts } = gatewaysOf(board);
    const { scores: _, ...tally } = board.tally;
    const head = { link, counts: board.counts(), matching: this.#viewer.matching, gateways, gatewayCounts: counts, tally };
    const headText = JSON.stringify(head);
    const isHeadNew = headText !== this.#head;
    [this.#versions, this.#order, this.#head] = [versions, ids.join(), headText];
    return { rows, order: isOrderNew ? ids : undefined, head, isHeadNew };
  }
}
