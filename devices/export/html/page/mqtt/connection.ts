import { connect, disconnect, PacketReader, ping, puback, subscribe, type Packet } from './packets.ts';

export interface Address {
  /** ws:// or wss:// */
  readonly url: string;
  readonly topic: string;
  readonly user: string;
  readonly password: string;
}

export type Status =
  | { readonly at: 'connecting'; readonly url: string }
  | { readonly at: 'subscribed'; readonly topic: string }
  /** Tries again after a while. */
  | { readonly at: 'waiting'; readonly reason: string; readonly seconds: number }
  /** Does not try again: it would be refused again. */
  | { readonly at: 'refused'; readonly reason: string };

interface Listener {
  readonly message: (payload: Uint8Array) => void;
  readonly status: (status: Status) => void;
}

const keepAliveSeconds = 30;
/** Of a connection that was never up: twice as long each time, up to the last. */
const [firstWaitSeconds, lastWaitSeconds] = [1, 30];

/** Why a broker refuses a connection: MQTT 3.1.1, table 3.1. */
const refusals: Readonly<Record<number, string>> = {
  1: 'it does not speak MQTT 3.1.1',
  2: 'it does not like our client identifier',
  3: 'its service is unavailable',
  4: 'user name or password is wrong',
  5: 'this user may not connect',
};

/** One subscription over a WebSocket, which comes back when the connection is lost. `close` ends it. */
export class Connection {
  readonly #address: Address;
  readonly #listener: Listener;
  #socket: WebSocket | null = null;
  #waitSeconds = firstWaitSeconds;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #pulse: ReturnType<typeof setInterval> | undefined;
  /** Pings without an answer: two, and the connection is dead, whatever the browser thinks. */
  #unanswered = 0;
  #closed = false;

  constructor(address: Address, listener: Listener) {
    this.#address = address;
    this.#listener = listener;
    this.#open();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#pulse);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(disconnect());
    this.#socket?.close();
  }

  #open(): void {
    const { url } = this.#address;
    this.#listener.status({ at: 'connecting', url });
    let socket: WebSocket;
    try {
      socket = new WebSocket(url, 'mqtt');
    } catch (error) {
      this.#refuse(error instanceof Error ? error.message : String(error));
      return;
    }
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    const reader = new PacketReader();
    const clientId = `sandglass-${crypto.getRandomValues(new Uint32Array(1))[0]!.toString(36)}`;
    socket.addEventListener('open', () => socket.send(connect({ ...this.#address, clientId, keepAliveSeconds })));
    socket.addEventListener('message', ({ data }) => {
      try {
        for (const packet of reader.take(new Uint8Array(data))) this.#take(socket, packet);
      } catch (error) {
        this.#refuse(error instanceof Error ? error.message : String(error));
      }
    });
    socket.addEventListener('close', () => this.#lost('the connection is closed'));
  }

  #take(socket: WebSocket, packet: Packet): void {
    switch (packet.kind) {
      case 'connack':
        if (packet.code !== 0) return this.#refuse(refusals[packet.code] ?? `the broker answers ${packet.code}`);
        socket.send(subscribe(1, this.#address.topic));
        return this.#beat(socket);
      case 'suback':
        if (packet.code > 2) return this.#refuse(`the broker does not let us read ${this.#address.topic}`);
        this.#waitSeconds = firstWaitSeconds;
        return this.#listener.status({ at: 'subscribed', topic: this.#address.topic });
      case 'publish':
        if (packet.id !== null) socket.send(puback(packet.id));
        return this.#listener.message(packet.payload);
      case 'pingresp':
        this.#unanswered = 0;
    }
  }

  #beat(socket: WebSocket): void {
    this.#unanswered = 0;
    clearInterval(this.#pulse);
    this.#pulse = setInterval(() => {
      if (this.#unanswered++ >= 2) socket.close();
      else socket.send(ping());
    }, keepAliveSeconds * 500);
  }

  #refuse(reason: string): void {
    this.close();
    this.#listener.status({ at: 'refused', reason });
  }

  #lost(reason: string): void {
    clearInterval(this.#pulse);
    if (this.#closed) return;
    this.#listener.status({ at: 'waiting', reason, seconds: this.#waitSeconds });
    this.#retry = setTimeout(() => this.#open(), this.#waitSeconds * 1000);
    this.#waitSeconds = Math.min(lastWaitSeconds, 2 * this.#waitSeconds);
  }
}
