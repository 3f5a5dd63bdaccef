import type { Duplex } from 'node:stream';
import { MqttClient, type IClientOptions, type IConnackPacket } from 'mqtt';
import { encodePubcomp, FrameReader, headerBytes, pingRequest, type FrameListener, type Version } from './frames.ts';
import { lastPublishId } from './in-flight.ts';
import { connackReason, describeSocketError, sentenceOf } from './reasons.ts';
import { connack, Wire } from './wire.ts';

/** What the broker publishes for us when the connection ends without a goodbye. */
export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

export interface LinkOptions {
  readonly version: Version;
  readonly clientId: string;
  readonly user: string | null;
  readonly password: string | null;
  /** Seconds that the broker keeps the session when we are away; 0: a new one each time. */
  readonly sessionSeconds: number;
  readonly receiveMaximum: number;
  readonly maxPayloadBytes: number;
  readonly keepAliveSeconds: number;
  readonly connectTimeoutSeconds: number;
  readonly will: Will | null;
}

/** What the broker said when it let us in. */
export interface Welcome {
  readonly sessionPresent: boolean;
  readonly receiveMaximum: number;
  readonly packetBytes: number;
  readonly retain: boolean;
  readonly qos: 0 | 1;
}

export interface LinkListener extends Pick<FrameListener, 'publish' | 'oversized' | 'puback'> {
  up(welcome: Welcome): void;
  /** The broker has read the first `count` acknowledgements. */
  acknowledged(count: number): void;
  /** Once, at the end. `code`: a reason code of the broker; null: it gave none. */
  down(why: string, code: number | null): void;
}

/** Why a connection ended of which nobody said why. */
export const hungUp = 'the broker closed the connection';

/** DISCONNECT with this reason has the broker publish the will (MQTT 5 section 3.14.2.1). */
const disconnectWithWill = 4;

/** One connection to a broker, from the handshake to its end: an mqtt.js client that is used once, for all but the messages. */
export class Link {
  readonly #client: MqttClient;
  readonly #wire: Wire;
  readonly #version: Version;
  #why: string | null = null;
  #code: number | null = null;
  #acks = 0;
  /** Acknowledgements written before each ping that is not answered. */
  readonly #fences: number[] = [];

  /** `socket` may still be connecting. */
  constructor(socket: Duplex, options: LinkOptions, listener: LinkListener) {
    this.#version = options.version;
    const frames = new FrameReader(options.version, options.maxPayloadBytes, {
      publish: (message) => listener.publish(message),
      oversized: (message) => listener.oversized(message),
      puback: (id, code) => listener.puback(id, code),
      pubrel: (id) => this.#wire.send(encodePubcomp(id)),
      other: (packet) => this.#pass(packet),
    });
    this.#wire = new Wire(socket, frames);
    this.#wire.on('error', (error) => this.#blame(describeSocketError(error), null));
    this.#wire.once('close', () => listener.down(this.#why ?? hungUp, this.#code));
    this.#client = new MqttClient(() => this.#wire, this.#clientOptions(options));
    this.#listen(listener);
    this.#client.connect();
  }

  get isCongested(): boolean {
    return this.#wire.writableNeedDrain;
  }

  get isOpen(): boolean {
    return !this.#wire.destroyed;
  }

  send(packet: Buffer): void {
    this.#wire.send(packet);
  }

  sendAcks(packets: Buffer, count: number): void {
    this.#acks += count;
    this.#wire.send(packets);
  }

  hold(): void {
    this.#wire.hold();
  }

  release(): void {
    this.#wire.release();
  }

  /** Settles when what was written is with the network, or the link is down. */
  drained(): Promise<void> {
    if (!this.#wire.writableNeedDrain || this.#wire.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wire.once('drain', resolve);
      this.#wire.once('close', resolve);
    });
  }

  /** Reason codes, in the order of the filters. */
  subscribe(wanted: Readonly<Record<string, { readonly qos: 0 | 1; readonly rh: number }>>): Promise<readonly number[]> {
    return new Promise((resolve, reject) => {
      this.#client.subscribe({ ...wanted }, {}, (error, _, packet) => {
        // A filter that is refused is an error for mqtt.js, but the packet is there and has all the codes.
        if (packet === undefined) reject(error ?? new Error('no answer to a subscription'));
        else resolve(packet.granted.map(Number));
      });
    });
  }

  unsubscribe(filters: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      this.#client.unsubscribe([...filters], () => resolve());
    });
  }

  /** Cuts the connection: the broker publishes the will. */
  cut(why: string, code: number | null): void {
    this.#blame(why, code);
    this.#wire.destroy();
  }

  /** Says goodbye. `withWill`: the broker publishes the will all the same. */
  async close(withWill: boolean): Promise<void> {
    if (this.#wire.destroyed) return;
    const closed = new Promise((resolve) => this.#wire.once('close', resolve));
    const tooLong = setTimeout(() => this.#wire.destroy(), 1000);
    // In 3.1.1 a goodbye takes the will back: only a cut publishes it.
    if (withWill && this.#version === 4) this.#wire.destroy();
    else this.#client.end(false, this.#version === 5 ? { reasonCode: withWill ? disconnectWithWill : 0 } : {});
    await closed;
    clearTimeout(tooLong);
  }

  #blame(why: string, code: number | null): void {
    // The first cause counts: what follows is its consequence.
    if (this.#why === null) [this.#why, this.#code] = [why, code];
  }

  #pass(packet: Buffer): void {
    if (packet[0] === connack) {
      // A broker that does not know MQTT 5 answers in 3.1.1, in which mqtt.js finds no properties and hence no packet.
      if (this.#version === 5 && packet.length === 4) {
        const code = connackReason(packet[3]!);
        return this.cut(sentenceOf(code), code);
      }
      // Messages may follow in the same chunk; nobody is ready for them yet.
      this.#wire.hold();
    }
    this.#wire.push(packet);
    return undefined;
  }

  #listen(listener: LinkListener): void {
    const client = this.#client;
    client.on('connect', (packet) => {
      listener.up(welcomeOf(packet));
      this.#wire.release();
    });
    client.on('disconnect', ({ reasonCode = 0 }) => {
      this.#blame(sentenceOf(reasonCode), reasonCode);
      this.#wire.destroy();
    });
    client.on('error', (error) => {
      const code = 'code' in error && typeof error.code === 'number' ? connackReason(error.code) : null;
      this.#blame(code === null ? (timeouts[error.message] ?? describeSocketError(error)) : sentenceOf(code), code);
      // An error of the parser leaves the stream open, and mqtt.js deaf.
      this.#wire.destroy();
    });
    client.on('packetsend', ({ cmd }) => {
      if (cmd === 'pingreq') this.#fences.push(this.#acks);
    });
    client.on('packetreceive', ({ cmd }) => {
      if (cmd === 'pingresp') listener.acknowledged(this.#fences.shift() ?? 0);
    });
  }

  #clientOptions(options: LinkOptions): IClientOptions {
    const { version, sessionSeconds, will } = options;
    return {
      manualConnect: true,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      reschedulePings: false,
      protocolVersion: version,
      clientId: options.clientId,
      clean: sessionSeconds === 0,
      keepalive: options.keepAliveSeconds,
      connectTimeout: options.connectTimeoutSeconds * 1000,
      messageIdProvider: subscriptionIds(),
      timerVariant: {
        set: (tick, ms) => Number(setInterval(() => this.#tick(() => void tick()), ms)),
        clear: (id) => clearInterval(id),
      },
      // Its debug output would hold the password.
      log: () => {},
      ...(options.user === null ? {} : { username: options.user }),
      ...(options.password === null ? {} : { password: options.password }),
      ...(will === null ? {} : { will: { ...will, payload: Buffer.from(will.payload) } }),
      ...(version === 5
        ? {
            properties: {
              sessionExpiryInterval: sessionSeconds,
              receiveMaximum: options.receiveMaximum,
              // Up to this the broker sends it, and we refuse and count it; beyond it the broker drops it without a word.
              maximumPacketSize: 4 * options.maxPayloadBytes + headerBytes,
            },
          }
        : {}),
    };
  }

  /** mqtt.js gives up on a broker whose answer to a ping it has not seen. While nothing is read it cannot see one, so its clock stands. */
  #tick(tick: () => void): void {
    if (!this.#wire.isHeld) return tick();
    this.#fences.push(this.#acks);
    this.#wire.send(pingRequest);
    return undefined;
  }
}

const timeouts: Readonly<Record<string, string>> = {
  'connack timeout': 'the broker does not answer',
  'Keepalive timeout': 'nothing was heard of the broker for longer than the keep-alive time',
};

function welcomeOf({ sessionPresent, properties }: IConnackPacket): Welcome {
  return {
    sessionPresent,
    receiveMaximum: properties?.receiveMaximum ?? 65_535,
    packetBytes: properties?.maximumPacketSize ?? Infinity,
    retain: properties?.retainAvailable ?? true,
    qos: properties?.maximumQoS === 0 ? 0 : 1,
  };
}

/** Packet ids of subscriptions, apart from those of messages. */
function subscriptionIds(): NonNullable<IClientOptions['messageIdProvider']> {
  let last = lastPublishId;
  return {
    allocate: () => (last = last >= 65_535 ? lastPublishId + 1 : last + 1),
    getLastAllocated: () => last,
    register: () => true,
    deallocate() {},
    clear() {},
  };
}
