import type { HostState } from './state-message.ts';

/** Where an edge node stands between two of its CONNECTs. `bdSeq` is the one of the will; `seq` that of the last message. */
export type Session =
  | { readonly at: 'away' }
  /** CONNECT is on its way. */
  | { readonly at: 'connecting'; readonly bdSeq: number }
  /** Connected; the server has not granted the subscriptions yet. */
  | { readonly at: 'subscribing'; readonly bdSeq: number }
  /** For the primary host, which is not online. */
  | { readonly at: 'waiting'; readonly bdSeq: number }
  /** The NBIRTH is sent, not yet the DBIRTH of each device: no data. */
  | { readonly at: 'births'; readonly bdSeq: number; readonly seq: number }
  | { readonly at: 'live'; readonly bdSeq: number; readonly seq: number }
  /** Dead for the hosts, not yet disconnected. */
  | { readonly at: 'leaving'; readonly bdSeq: number }
  | { readonly at: 'closed' };

/** What is known of the primary host. */
export interface PrimaryHost {
  /** As the server said in this connection; null: it has not said yet. */
  readonly online: boolean | null;
  /** Of the last STATE that was not stale; null: none came yet. Survives connections. */
  readonly timestamp: number | null;
  /** Of the last one that said online. */
  readonly onlineTimestamp: number | null;
}

export interface EdgeState {
  readonly session: Session;
  /** null: this edge node waits for nobody. */
  readonly host: PrimaryHost | null;
}

export type EdgeEvent =
  | { readonly kind: 'connect'; readonly bdSeq: number }
  | { readonly kind: 'connected' | 'subscribed' | 'rebirth' | 'all-born' | 'lost' | 'stop' }
  | { readonly kind: 'host'; readonly state: HostState };

/** What has to be done behind a step. `die`: NDEATH, DISCONNECT; then connect again, or not. */
export type EdgeEffect = 'none' | 'subscribe' | 'birth' | 'die-and-renew' | 'die-and-close' | 'close';

export interface Step {
  readonly state: EdgeState;
  readonly effect: EdgeEffect;
}

export const nextSeq = (seq: number): number => (seq + 1) % 256;

export const firstState = (waitsForHost: boolean): EdgeState => ({
  session: { at: 'away' },
  host: waitsForHost ? { online: null, timestamp: null, onlineTimestamp: null } : null,
});

/** The life of an edge node (Sparkplug 3.0, 5.4 and 5.5). Events that mean nothing where it stands change nothing. */
export function next(state: EdgeState, event: EdgeEvent): Step {
  const { session } = state;
  switch (event.kind) {
    case 'connect':
      if (session.at === 'closed') return stay(state);
      return go({ session: { at: 'connecting', bdSeq: event.bdSeq }, host: forget(state.host) });
    case 'connected':
      if (session.at !== 'connecting') return stay(state);
      return go({ ...state, session: { at: 'subscribing', bdSeq: session.bdSeq } }, 'subscribe');
    case 'subscribed':
      return session.at === 'subscribing' ? birthOrWait(state, session.bdSeq) : stay(state);
    case 'host':
      return hear(state, event.state);
    case 'rebirth':
      return session.at === 'live' || session.at === 'births' ? birth(state, session.bdSeq) : stay(state);
    case 'all-born':
      return session.at === 'births' ? go({ ...state, session: { ...session, at: 'live' } }) : stay(state);
    case 'lost':
      return session.at === 'closed' ? stay(state) : go({ ...state, session: { at: 'away' } });
    case 'stop':
      return isConnected(session)
        ? go({ ...state, session: { at: 'closed' } }, 'die-and-close')
        : go({ ...state, session: { at: 'closed' } }, session.at === 'closed' ? 'none' : 'close');
  }
}

/** The number of the message that is sent now. Messages with numbers are only sent between NBIRTH and NDEATH. */
export function count(state: EdgeState): { readonly state: EdgeState; readonly seq: number } {
  const { session } = state;
  if (session.at !== 'births' && session.at !== 'live')
    throw new Error(`internal: a message of an edge node that is ${session.at}`);
  const seq = nextSeq(session.seq);
  return { state: { ...state, session: { ...session, seq } }, seq };
}

function hear(state: EdgeState, { online, timestamp }: HostState): Step {
  const { session, host } = state;
  if (host === null) return stay(state);
  // Of an earlier connection of the host: its death, which the server sends when it finds out, may come after the next birth.
  const newest = online ? host.timestamp : host.onlineTimestamp;
  if (newest !== null && timestamp < newest) return stay(state);
  const heard: EdgeState = {
    ...state,
    host: { online, timestamp, onlineTimestamp: online ? timestamp : host.onlineTimestamp },
  };
  if (online) return session.at === 'waiting' ? birthOrWait(heard, session.bdSeq) : stay(heard);
  if (session.at !== 'births' && session.at !== 'live') return stay(heard);
  return go({ ...heard, session: { at: 'leaving', bdSeq: session.bdSeq } }, 'die-and-renew');
}

function birthOrWait(state: EdgeState, bdSeq: number): Step {
  if (state.host !== null && state.host.online !== true) return go({ ...state, session: { at: 'waiting', bdSeq } });
  return birth(state, bdSeq);
}

/** The NBIRTH is number 0: 255 is the one before. */
const birth = (state: EdgeState, bdSeq: number): Step => go({ ...state, session: { at: 'births', bdSeq, seq: 255 } }, 'birth');

const isConnected = ({ at }: Session): boolean => at !== 'away' && at !== 'connecting' && at !== 'leaving' && at !== 'closed';

const forget = (host: PrimaryHost | null): PrimaryHost | null => host && { ...host, online: null };

const stay = (state: EdgeState): Step => ({ state, effect: 'none' });

const go = (state: EdgeState, effect: EdgeEffect = 'none'): Step => ({ state, effect });
