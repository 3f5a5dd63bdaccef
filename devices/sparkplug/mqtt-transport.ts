import { Connection } from '../mqtt/connect.ts';
import type { Version } from '../mqtt/frames.ts';
import type { ConnectionOptions } from '../mqtt/options.ts';
import type { Log } from '../log.ts';
import type { ConnectionState } from '../sinks/define.ts';
import type { OutgoingMessage, SparkplugTransport, TransportListener } from './transport.ts';

/** Nobody subscribes to it: the answer to an UNSUBSCRIBE says that the broker has read what was sent before. */
const fence = 'sandglass/fence';

/** The connection of an edge node: no session is kept, the will is made anew for each. */
export class MqttTransport implements SparkplugTransport {
  readonly #connection: Connection;
  #version: Version = 5;
  readonly #ready: { listener: TransportListener | null } = { listener: null };

  /** Throws where the options cannot work. `where`: their place in the config. */
  constructor(
    options: ConnectionOptions,
    { where, clientId, maxPayloadBytes }: { readonly where: string; readonly clientId: string; readonly maxPayloadBytes: number },
    log: Log,
  ) {
    const listener = (): TransportListener => this.#ready.listener!;
    let isUp = false;
    this.#connection = new Connection(
      options,
      {
        where,
        clientId,
        sessionSeconds: 0,
        receiveMaximum: 64,
        maxPayloadBytes,
        will: () => ({ ...listener().will(), retain: false }),
        online: ({ version }) => {
          this.#version = version;
          isUp = true;
          listener().connected();
        },
        offline: () => {
          isUp = false;
          listener().closed();
        },
        message: ({ topic, payload, id, qos }) => {
          if (isUp) listener().message(topic, payload);
          if (qos > 0) this.#connection.acknowledge([{ id, qos }]);
        },
      },
      log,
    );
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  get reconnects(): number {
    return this.#connection.reconnects;
  }

  open(listener: TransportListener): void {
    this.#ready.listener = listener;
    this.#connection.start();
  }

  async subscribe(topics: readonly string[]): Promise<void> {
    const refused = await this.#connection.subscribe(topics.map((filter) => ({ filter, qos: 1, retained: true })));
    const [first] = refused;
    if (first !== undefined) throw new Error(`the broker refuses the subscription to ${first.filter}: ${first.why}`);
  }

  publish({ topic, payload, qos }: OutgoingMessage, done: (error: Error | null) => void): void {
    this.#connection.send(topic, payload, { qos, retain: false }, (error) => {
      if (error !== null || !this.#connection.isCongested) done(error);
      else void this.#connection.drained().then(() => done(null));
    });
  }

  async confirm(): Promise<void> {
    if (this.#connection.state.at !== 'online') throw new Error('there is no connection to the broker');
    await this.#connection.unsubscribe([fence]);
  }

  renew(): Promise<void> {
    return this.#connection.renew(this.#goodbye);
  }

  close(): Promise<void> {
    return this.#connection.close(this.#goodbye);
  }

  /** DISCONNECT takes the will back in 3.1.1; in MQTT 5 it has to say that it does not. */
  get #goodbye(): { readonly withWill: boolean } {
    return { withWill: this.#version === 5 };
  }
}
