import type { ConnectionState } from '../sinks/define.ts';

/** A message on its way out. There is no `retain`: nothing but a host's STATE is retained. */
export interface OutgoingMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** 1: NDEATH; 0: all others. */
  readonly qos: 0 | 1;
}

/** What the session wants to know of its connection. */
export interface TransportListener {
  /** Called right before EACH CONNECT: the will of that connection. Not retained. */
  will(): OutgoingMessage;
  /** CONNACK came. */
  connected(): void;
  message(topic: string, payload: Uint8Array): void;
  /** The connection of the last `connected` is no more, or the CONNECT that had the last `will` failed. */
  closed(): void;
}

/**
 * The MQTT connection of one edge node. It connects with MQTT 3.1.1 clean session true, or MQTT 5 clean start and session expiry 0;
 * always to one server at a time; without topic aliases, and without retaining anything. From one connection to the next it keeps
 * nothing: no message, no subscription (a death that is sent again later would kill the session that came after it).
 */
export interface SparkplugTransport {
  readonly state: ConnectionState;
  /** How often the connection was made again. */
  readonly reconnects: number;
  /** Connects, and again whenever the connection is lost, with backoff. */
  open(listener: TransportListener): void;
  /** At QoS 1; settles when the server has granted all. */
  subscribe(topics: readonly string[]): Promise<void>;
  /**
   * In order. `done` is called when the message was written to the connection (QoS 0) or acknowledged (QoS 1): messages that are not
   * done yet are in memory. With an error when it was not.
   */
  publish(message: OutgoingMessage, done: (error: Error | null) => void): void;
  /** Settles when the server has read all that was published before (a PINGRESP, as packets are read in order); fails when the connection closes. */
  confirm(): Promise<void>;
  /**
   * Sends DISCONNECT (with MQTT 5: reason code 4, so that the server publishes the will) and connects again, to the next server where
   * there are several.
   */
  renew(): Promise<void>;
  /** Sends DISCONNECT as `renew` does, and stays away. */
  close(): Promise<void>;
}
