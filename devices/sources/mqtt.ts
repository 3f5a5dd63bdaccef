import { Connection, type Session } from '../mqtt/connect.ts';
import type { Message, Oversized } from '../mqtt/frames.ts';
import type { ConnectionOptions } from '../mqtt/options.ts';
import { Recent } from '../mqtt/recent.ts';
import type { ConnectionState } from '../sinks/define.ts';
import type { Receiver, Source, SourceContext, SourceReceiver } from './define.ts';

export interface MqttSourceOptions {
  readonly connection: ConnectionOptions;
  /** Quality of service that is subscribed to: 1: nothing is lost while this process or the broker is away, as long as the session is kept. */
  readonly qos: 0 | 1;
  /** Messages that the broker has retained are old samples: they are left out, or taken. */
  readonly retained: 'ignore' | 'take';
  /** Seconds that the broker keeps messages for us while we are away (MQTT 5). */
  readonly sessionSeconds: number;
  /** QoS 1 messages that the broker may send before the first is safe on disk (MQTT 5; in 3.1.1 the broker has its own limit). */
  readonly receiveMaximum: number;
  /** Messages that are taken before the first of them is safe on disk; then nothing is read until they are. */
  readonly maxUnsafe: number;
}

export const mqttSourceDefaults: Omit<MqttSourceOptions, 'connection'> = {
  qos: 1,
  retained: 'ignore',
  sessionSeconds: 86_400,
  receiveMaximum: 512,
  maxUnsafe: 8192,
};

/** What becomes of the messages. */
export interface MessageDecoder {
  /** Topic filters to subscribe to. */
  readonly filters: readonly string[];
  /** Gives the samples of a message to the receiver, or refuses it. `payload` is valid during the call. */
  receive(topic: string, payload: Uint8Array, arrivedSeconds: number, receiver: Receiver): void;
  /** Lets go on what has waited too long for the rest of its sample: a plant that falls silent sends nothing that does it. */
  expire?(nowSeconds: number, receiver: Receiver): void;
  /** Lets all go on that waits: before the end, or before other rules. */
  flush?(receiver: Receiver): void;
}

/** What this source says by `Receiver.mark`: JSON of its filters, a line break, and the text of `Recent`. */
interface Mark {
  readonly filters: readonly string[];
  readonly recent: string;
}

/** Messages by which a mark grows before it is written anew. */
const mostMore = 4096;

/** How long `stop` waits for what was taken to be safe. */
const stopMs = 5000;

/** Between looks for samples that have waited too long. */
const expireMs = 1000;

/** Between attempts to have the same samples safe. */
const retryMs = 1000;

/**
 * Samples from MQTT topics. A message is acknowledged when it is safe on disk: many are taken, in the order of their coming, before the
 * first acknowledgement. What the broker sends again after a new connection or a crash is recognised, and taken once.
 */
export class MqttSource implements Source {
  readonly name: string;
  readonly ended: Promise<void> = new Promise(() => {});
  readonly #options: MqttSourceOptions;
  #decoder: MessageDecoder;
  readonly #context: SourceContext;
  readonly #connection: Connection;
  #receiver: Receiver | null = null;
  #recent: Recent;
  /** Filters of the process before, which the session may still have. */
  #formerFilters: readonly string[] = [];
  #isSubscribed = false;
  #isStopped = false;
  #isHeld = false;
  /** Messages that were taken and may not be safe. */
  #unsafe = 0;
  /** Those of them that are to be acknowledged over the present connection. */
  #toAcknowledge: Pick<Message, 'id' | 'qos'>[] = [];
  #settling: Promise<void> | null = null;
  #expiry: NodeJS.Timeout | undefined;
  /** Messages that were taken since the last mark, and those by which the mark has grown. */
  #unmarked = 0;
  #marked = mostMore;

  /** `node`: the gateway's name. Throws where the options cannot work. */
  constructor(name: string, node: string, options: MqttSourceOptions, decoder: MessageDecoder, context: SourceContext) {
    this.name = name;
    this.#options = options;
    this.#decoder = decoder;
    this.#context = context;
    this.#recent = new Recent(options.receiveMaximum);
    const { sessionSeconds, receiveMaximum } = options;
    this.#connection = new Connection(
      options.connection,
      {
        where: `sources.${name}`,
        clientId: `sandglass-${node}-${name}`,
        sessionSeconds,
        receiveMaximum,
        maxPayloadBytes: context.maxPayloadBytes,
        online: (session) => void this.#online(session),
        offline: () => this.#offline(),
        message: (message) => this.#take(message),
        oversized: (message) => this.#refuse(message),
        acknowledged: (count) => this.#recent.forget(count),
      },
      context.log,
    );
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  get reconnects(): number {
    return this.#connection.reconnects;
  }

  async start(receiver: SourceReceiver, mark: string | null): Promise<void> {
    this.#receiver = receiver;
    const { filters, recent } = readMark(mark);
    this.#recent = new Recent(this.#options.receiveMaximum, recent);
    this.#formerFilters = filters;
    receiver.beforeWriting(() => this.#mark(receiver));
    this.#expiry = setInterval(() => this.#decoder.expire?.(Date.now() / 1000, receiver), expireMs);
    this.#connection.start();
  }

  /** Lets go on what waits for the rest of its sample: before artifacts or rules change. */
  flush(): void {
    if (this.#receiver !== null) this.#decoder.flush?.(this.#receiver);
  }

  /** Goes on with other rules from the next message on. */
  async replace(decoder: MessageDecoder): Promise<void> {
    this.#formerFilters = this.#decoder.filters;
    this.#decoder = decoder;
    this.#isSubscribed = false;
    this.#marked = mostMore;
    if (this.state.at === 'online') await this.#online({ isPresent: true });
  }

  /** Sends a command at QoS 0; nothing happens while the broker is away. */
  publish(topic: string, payload: Uint8Array): void {
    this.#connection.send(topic, payload, { qos: 0, retain: false }, () => {});
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#expiry);
    this.#connection.hold();
    this.flush();
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([this.#settling, new Promise((resolve) => (timer = setTimeout(resolve, stopMs)))]);
    clearTimeout(timer);
    await this.#connection.close();
  }

  async #online({ isPresent }: Pick<Session, 'isPresent'>): Promise<void> {
    // The broker has the subscriptions; to ask for them again would have it send what it retains again (3.1.1).
    if (this.#isSubscribed && isPresent) return;
    const { filters } = this.#decoder;
    const { qos, retained } = this.#options;
    const stale = isPresent ? this.#formerFilters.filter((filter) => !filters.includes(filter)) : [];
    try {
      if (stale.length > 0) await this.#connection.unsubscribe(stale);
      const refused = await this.#connection.subscribe(filters.map((filter) => ({ filter, qos, retained: retained === 'take' })));
      this.#isSubscribed = refused.length === 0;
      for (const { filter, why } of refused) {
        this.#context.log.error('the broker refuses a subscription', { source: this.name, filter, why });
      }
      // Mosquitto grants what its ACL forbids: to be told how many there are is all one gets.
      this.#context.log.info('subscribed', { source: this.name, filters: filters.length - refused.length });
    } catch {
      // The connection broke first; the next one subscribes.
    }
  }

  #offline(): void {
    this.#recent.reconnected();
    this.#toAcknowledge = [];
    this.#isHeld = false;
  }

  #take(message: Message): void {
    const receiver = this.#receiver;
    if (receiver === null || this.#isStopped) return;
    const isRepeated = message.qos > 0 && this.#recent.isRepeated(message);
    if (!isRepeated && (!message.retain || this.#options.retained === 'take')) this.#give(message, receiver);
    this.#taken(message);
  }

  #give({ topic, payload }: Message, receiver: Receiver): void {
    try {
      this.#decoder.receive(topic, payload, Date.now() / 1000, receiver);
    } catch (error) {
      // A decoder refuses what it cannot read. If it throws, that is our mistake, and no reason to leave the other sensors alone.
      this.#context.log.error('internal: a message broke its decoder', { source: this.name, topic, error: String(error) });
      receiver.refuse('malformed', topic);
    }
  }

  #refuse(message: Oversized): void {
    if (this.#isStopped) return;
    this.#receiver?.refuse('too-large', `${message.topic}: ${message.bytes} bytes`);
    if (message.qos > 0) this.#recent.isRepeated(message);
    this.#taken(message);
  }

  #taken({ id, qos }: Message): void {
    if (qos > 0) {
      this.#toAcknowledge.push({ id, qos });
      this.#unmarked++;
    }
    this.#unsafe++;
    if (this.#unsafe >= this.#options.maxUnsafe && !this.#isHeld) {
      this.#isHeld = true;
      this.#connection.hold();
    }
    this.#settling ??= this.#settle();
  }

  /** Asks for safety and acknowledges, for all that came in the meantime at once. */
  async #settle(): Promise<void> {
    // After all messages of the chunk that is being read.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#unsafe > 0) {
      const [taken, list] = [this.#unsafe, this.#toAcknowledge];
      const count = list.length;
      if (!(await this.#isSafe())) {
        if (this.#isStopped) break;
        continue;
      }
      this.#unsafe -= taken;
      // After a new connection there is another list: what is in the old one the broker sends again.
      if (count > 0 && list === this.#toAcknowledge) this.#connection.acknowledge(list.splice(0, count));
      if (this.#isHeld && !this.#isStopped && this.#unsafe < this.#options.maxUnsafe) {
        this.#isHeld = false;
        this.#connection.release();
      }
    }
    this.#settling = null;
  }

  /** What was taken is known after a crash, since it is written with the samples. */
  #mark(receiver: SourceReceiver): void {
    const count = this.#unmarked;
    this.#unmarked = 0;
    if (count === 0) return;
    this.#marked += count;
    if (this.#marked < mostMore) return receiver.markMore(this.name, this.#recent.encodeLast(count));
    this.#marked = 0;
    return receiver.mark(this.name, writeMark({ filters: this.#decoder.filters, recent: this.#recent.encode() }));
  }

  /** Asks for what was taken to be safe. False: it is not, and a moment has passed. */
  async #isSafe(): Promise<boolean> {
    try {
      await this.#receiver?.safe();
      return true;
    } catch (error) {
      this.#context.log.error('samples are not safe on disk: they are not acknowledged yet', {
        source: this.name,
        error: String(error),
      });
      await new Promise((resolve) => setTimeout(resolve, retryMs));
      return false;
    }
  }
}

const writeMark = ({ filters, recent }: Mark): string => `${JSON.stringify(filters)}\n${recent}`;

/** What cannot be read is as nothing: then messages that were not acknowledged before the restart are taken twice. */
function readMark(text: string | null): Mark {
  const [head = '', recent = ''] = text?.split('\n') ?? [];
  const filters = parse(head);
  return { filters: Array.isArray(filters) ? filters.filter((filter) => typeof filter === 'string') : [], recent };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
