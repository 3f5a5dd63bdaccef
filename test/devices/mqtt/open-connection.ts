import { Connection, type ConnectionUse, type Session } from '../../../devices/mqtt/connect.ts';
import type { Message } from '../../../devices/mqtt/frames.ts';
import { connectionDefaults, type ConnectionOptions } from '../../../devices/mqtt/options.ts';
import { captureLog, eventually, type CapturedLog } from '../captured-log.ts';

export interface Opened {
  readonly connection: Connection;
  readonly log: CapturedLog;
  readonly sessions: readonly Session[];
  /** Reasons with which it went offline. */
  readonly losses: readonly string[];
  readonly messages: readonly Pick<Message, 'topic' | 'qos' | 'retain' | 'dup' | 'id'>[];
  online(): Promise<void>;
}

/** A connection whose waits are short. */
export function openConnection(
  options: Partial<ConnectionOptions> & { readonly url: string },
  use: Partial<ConnectionUse> = {},
): Opened {
  const log = captureLog();
  const sessions: Session[] = [];
  const losses: string[] = [];
  const messages: Message[] = [];
  const backoff = { firstSeconds: 0.02, maxSeconds: 0.1, stableSeconds: 30 };
  const connection: Connection = new Connection(
    { ...connectionDefaults, backoff, connectTimeoutSeconds: 5, ...options },
    {
      where: 'test',
      clientId: 'gateway-7',
      sessionSeconds: 0,
      receiveMaximum: 100,
      maxPayloadBytes: 1e4,
      online: (session) => void sessions.push(session),
      offline: (why) => void losses.push(why),
      message: (message) => {
        messages.push(message);
        if (message.qos > 0) connection.acknowledge([message]);
      },
      ...use,
    },
    log,
  );
  connection.start();
  return { connection, log, sessions, losses, messages, online: () => eventually(() => connection.state.at === 'online', log) };
}
