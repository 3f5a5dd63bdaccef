import { connect, type MqttClient } from 'mqtt';
import type { ConnectionState } from '../../../devices/sinks/define.ts';
import type { OutgoingMessage, SparkplugTransport, TransportListener } from '../../../devices/sparkplug/transport.ts';

export interface MqttTransportOptions {
  readonly url: string;
  readonly version: '3.1.1' | '5';
  readonly clientId: string;
}

const retryMs = 50;

/**
 * The transport over mqtt.js, for tests. One client per connection: a client that connects again would send the QoS 1 death of the last
 * session into the next one.
 */
export class MqttTransport implements SparkplugTransport {
  readonly #options: MqttTransportOptions;
  #client: MqttClient | null = null;
  #retry: NodeJS.Timeout | undefined;
  #connects = 0;
  #isHeld = false;
  /** Pings sent, pings answered, and who waits for which answer. */
  #pings = 0;
  #answers = 0;
  #waiting: { readonly answer: number; readonly settle: (error: Error | null) => void }[] = [];
  state: ConnectionState = { at: 'offline', reason: 'not opened', attempts: 0 };

  constructor(options: MqttTransportOptions) {
    this.#options = options;
  }

  get reconnects(): number {
    return Math.max(0, this.#connects - 1);
  }

  open(listener: TransportListener): void {
    this.#connect(listener);
  }

  async subscribe(topics: readonly string[]): Promise<void> {
    const grants = await this.#client!.subscribeAsync([...topics], { qos: 1 });
    const refused = grants.find(({ qos }) => qos >= 128);
    if (refused !== undefined) throw new Error(`${refused.topic} is refused`);
  }

  publish({ topic, payload, qos }: OutgoingMessage, done: (error: Error | null) => void): void {
    this.#client!.publish(topic, Buffer.from(payload), { qos, retain: false }, (error) => done(error ?? null));
  }

  confirm(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#client?.connected !== true) return reject(new Error('not connected'));
      this.#client.sendPing();
      this.#waiting.push({ answer: this.#pings, settle: (error) => (error === null ? resolve() : reject(error)) });
    });
  }

  async renew(): Promise<void> {
    await this.#goodbye(this.#client);
  }

  async close(): Promise<void> {
    this.state = { at: 'closed' };
    clearTimeout(this.#retry);
    await this.#goodbye(this.#client);
  }

  async #goodbye(client: MqttClient | null): Promise<void> {
    // 4: disconnect with will message. Without one in 3.1.1, which has no reasons.
    if (client !== null) await client.endAsync(false, this.#options.version === '5' ? { reasonCode: 4 } : {});
  }

  /** Connects no more, until `release`: so that a test can let others connect first. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
  }

  #connect(listener: TransportListener): void {
    if (this.#isHeld) {
      this.#retry = setTimeout(() => this.#connect(listener), retryMs);
      return;
    }
    const { url, version, clientId } = this.#options;
    const { topic, payload, qos } = listener.will();
    this.state = { at: 'connecting', attempts: 0 };
    const client = connect(url, {
      clientId,
      clean: true,
      ...(version === '5' ? { protocolVersion: 5, properties: { sessionExpiryInterval: 0 } } : { protocolVersion: 4 }),
      will: { topic, payload: Buffer.from(payload), qos, retain: false },
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
    });
    this.#client = client;
    [this.#pings, this.#answers] = [0, 0];
    client.on('packetsend', ({ cmd }) => {
      if (cmd === 'pingreq') this.#pings++;
    });
    client.on('packetreceive', ({ cmd }) => {
      if (cmd === 'pingresp') this.#settle(++this.#answers, null);
    });
    client.on('connect', () => {
      this.#connects++;
      this.state = { at: 'online', sinceMs: Date.now() };
      listener.connected();
    });
    client.on('message', (to, bytes) => listener.message(to, bytes));
    client.on('error', () => {});
    client.once('close', () => {
      this.#settle(Infinity, new Error('the connection is closed'));
      listener.closed();
      if (this.state.at === 'closed') return;
      this.state = { at: 'offline', reason: 'closed', attempts: 0 };
      this.#retry = setTimeout(() => this.#connect(listener), retryMs);
    });
  }

  #settle(answers: number, error: Error | null): void {
    const settled = this.#waiting.filter(({ answer }) => answer <= answers);
    this.#waiting = this.#waiting.filter(({ answer }) => answer > answers);
    for (const { settle } of settled) settle(error);
  }
}
