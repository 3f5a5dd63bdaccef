import { connect, type MqttClient } from 'mqtt';
import type { ScoreMessage } from '../../../devices/record.ts';

/** What a consumer of scores sees that has a persistent session at the broker, and drops what it has seen. */
export class Consumer {
  readonly messages: ScoreMessage[] = [];
  duplicates = 0;
  /** Messages that came after a later one of the same device, and were new: never. */
  disordered = 0;
  readonly #client: MqttClient;
  readonly #seen = new Map<string, number>();

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on('message', (_, payload) => this.#take(JSON.parse(payload.toString()) as ScoreMessage));
    client.on('error', () => {});
  }

  static async open(url: string, filter: string): Promise<Consumer> {
    const client = connect(url, {
      clientId: 'test-consumer',
      clean: false,
      protocolVersion: 5,
      properties: { sessionExpiryInterval: 3600 },
      reconnectPeriod: 100,
      resubscribe: false,
    });
    const consumer = new Consumer(client);
    await new Promise<void>((resolve) => client.once('connect', () => resolve()));
    await client.subscribeAsync(filter, { qos: 1 });
    return consumer;
  }

  close(): Promise<void> {
    return this.#client.endAsync(true);
  }

  #take(message: ScoreMessage): void {
    const key = `${message.epoch} ${message.device}`;
    const last = this.#seen.get(key) ?? 0;
    if (message.seq <= last) {
      this.duplicates++;
      return;
    }
    if (message.seq !== last + 1) this.disordered++;
    this.#seen.set(key, message.seq);
    this.messages.push(message);
  }
}
