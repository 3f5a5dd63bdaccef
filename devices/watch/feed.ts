import type { Log } from '../log.ts';
import { parseAddress } from '../mqtt/address.ts';
import { Connection } from '../mqtt/connect.ts';
import type { ConnectionOptions } from '../mqtt/options.ts';
import { Board, boardDefaults, type BoardOptions } from './board.ts';
import { filtersOf, readNotice } from './notice.ts';
import type { LinkView } from './view.ts';

export interface FeedOptions {
  readonly connection: ConnectionOptions;
  /** First levels of the topics: `sandglass`. */
  readonly prefix: string;
  readonly board: BoardOptions;
}

export const feedDefaults: Omit<FeedOptions, 'connection'> = { prefix: 'sandglass', board: boardDefaults };

/** A score message has some 400 bytes. */
const maxPayloadBytes = 64 * 1024;

const tickMs = 500;

/** A board that fills itself from a broker. */
export interface Feed {
  readonly board: Board;
  readonly link: LinkView;
  close(): Promise<void>;
}

/** Throws where the options cannot work; a broker that is away is waited for. */
export function openFeed({ connection, prefix, board: limits }: FeedOptions, log: Log): Feed {
  const board = new Board(limits);
  const filters = filtersOf(prefix);
  let refused = '';
  const client = new Connection(
    connection,
    {
      where: 'broker',
      clientId: `sandglass-watch-${process.pid}-${Date.now().toString(36)}`,
      sessionSeconds: 0,
      receiveMaximum: 1000,
      maxPayloadBytes,
      online: () => void subscribe(),
      offline: () => board.disconnected(),
      message: (message) => {
        const notice = readNotice(prefix, message.topic, message.payload);
        if (notice === null) board.malformed();
        else board.take(notice, Date.now());
        if (message.qos > 0) client.acknowledge([message]);
      },
      oversized: (message) => {
        board.malformed();
        if (message.qos > 0) client.acknowledge([message]);
      },
    },
    log,
  );
  const subscribe = async (): Promise<void> => {
    board.connected(Date.now());
    try {
      // Scores that are lost on the way to a viewer are lost to nobody else, and the next one comes soon: QoS 0. States stay: QoS 1.
      const answers = await client.subscribe(
        filters.map((filter) => ({ filter, qos: filter.endsWith('/score') ? 0 : 1, retained: true })),
      );
      refused = answers.map(({ filter, why }) => `${filter}: ${why}`).join(', ');
      if (refused !== '') log.error('the broker refuses to let us watch', { filters: refused });
    } catch {
      // The connection has gone: `offline` has been told.
    }
  };
  client.start();
  const timer = setInterval(() => board.tick(Date.now()), tickMs);
  const broker = parseAddress(connection.url, 'broker').text;
  return {
    board,
    get link() {
      const { state } = client;
      const isOnline = state.at === 'online' && refused === '';
      return { broker, isOnline, reason: isOnline ? '' : refused !== '' ? refused : reasonOf(state) };
    },
    async close() {
      clearInterval(timer);
      await client.close();
    },
  };
}

/** A sentence; what to do is in the log. */
const reasonOf = (state: Connection['state']): string =>
  state.at === 'offline' ? state.reason.split('\n')[0]! : state.at === 'connecting' ? 'connecting' : 'closed';
