import { InputError } from '../../compiler/error.ts';
import type { Log } from '../log.ts';
import { Connection } from '../mqtt/connect.ts';
import type { ConnectionOptions } from '../mqtt/options.ts';

/** Where a replay goes. */
export interface Publisher {
  /** Settles when the broker has it (QoS 1), or the network (QoS 0). Messages go in the order of the calls. */
  publish(topic: string, payload: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * Connects to a broker. Throws an InputError if that cannot be done; once it is, the connection is made again whenever it is lost, and
 * what the broker has not acknowledged is sent again, in order.
 */
export async function openPublisher(options: ConnectionOptions, qos: 0 | 1, log: Log): Promise<Publisher> {
  const publisher = new MqttPublisher(options, qos, log);
  try {
    await publisher.connected;
    return publisher;
  } catch (cause) {
    await publisher.close();
    const why = cause instanceof Error ? cause.message : String(cause);
    const hint = 'Check its address, and that it runs.';
    throw new InputError({ where: options.url, what: `cannot be reached: ${why}`, hint }, { cause });
  }
}

interface Waiting {
  readonly sequence: number;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

class MqttPublisher implements Publisher {
  /** Settles with the first attempt. */
  readonly connected: Promise<void>;
  readonly #connection: Connection;
  readonly #qos: 0 | 1;
  #queue: Waiting[] = [];
  #sequence = 0;
  #isDraining = false;
  #isUp: () => void = () => {};
  #isDown: (error: Error) => void = () => {};

  constructor(options: ConnectionOptions, qos: 0 | 1, log: Log) {
    this.#qos = qos;
    this.connected = new Promise((resolve, reject) => {
      this.#isUp = resolve;
      this.#isDown = reject;
    });
    this.#connection = new Connection(
      options,
      {
        where: 'to',
        clientId: `sandglass-replay-${process.pid}`,
        sessionSeconds: 0,
        receiveMaximum: 16,
        maxPayloadBytes: 1024,
        online: () => {
          this.#isUp();
          this.#send();
        },
        offline: (why) => this.#isDown(new Error(why)),
      },
      log,
    );
    this.#connection.start();
  }

  publish(topic: string, payload: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ sequence: this.#sequence++, topic, payload, resolve, reject });
      this.#send();
    });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #send(): void {
    const connection = this.#connection;
    while (this.#queue.length > 0 && connection.room > 0) {
      if (this.#qos === 0 && connection.isCongested) return this.#drain();
      this.#sendNext(this.#queue.shift()!);
    }
    return undefined;
  }

  #sendNext(message: Waiting): void {
    this.#connection.send(message.topic, message.payload, { qos: this.#qos, retain: false }, (error) => {
      if (error === null) message.resolve();
      else if (error.kind === 'offline' || error.kind === 'full') {
        // It goes again where it was, before what waits since.
        this.#queue = [...this.#queue, message].toSorted((a, b) => a.sequence - b.sequence);
        return;
      } else {
        const what = `the broker does not take the message: ${error.message}`;
        message.reject(new InputError({ where: message.topic, what, hint: 'Choose another topic, or ask who runs the broker.' }));
      }
      if (this.#qos === 1) this.#send();
    });
  }

  #drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    void this.#connection.drained().then(() => {
      this.#isDraining = false;
      this.#send();
    });
  }
}
