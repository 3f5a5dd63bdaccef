import { InputError } from '../../compiler/error.ts';
import type { Log } from '../log.ts';
import type { ConnectionState } from '../sinks/define.ts';
import { parseAddress, refuseOpenPassword, type Address } from './address.ts';
import { backoffMs } from './backoff.ts';
import { encodeAcks, encodePublish, type Message, type Oversized, type Version } from './frames.ts';
import { InFlight, PublishError, type Published } from './in-flight.ts';
import { hungUp, Link, type LinkOptions, type Welcome, type Will } from './link.ts';
import type { ConnectionOptions } from './options.ts';
import { describeSocketError, isForGood, reason, sentenceOf } from './reasons.ts';
import { readSecret } from './secrets.ts';
import { openSocket, readTls } from './sockets.ts';

/** What a connection is for. */
export interface ConnectionUse {
  /** For logs and errors, the place in the config: `sinks.json`. */
  readonly where: string;
  /** Used where the options give none. */
  readonly clientId: string;
  /** Seconds that the broker keeps subscriptions and messages for us while we are away; 0: not at all. In 3.1.1 as long as it likes. */
  readonly sessionSeconds: number;
  /** QoS 1 messages that the broker may send before we acknowledge the first (MQTT 5). */
  readonly receiveMaximum: number;
  readonly maxPayloadBytes: number;
  /** Called before each attempt to connect. */
  will?(): Will | null;
  online(session: Session): void;
  /** The connection is lost, or an attempt has failed. `code`: the broker's reason code of MQTT 5, if it gave one. */
  offline(why: string, code: number | null): void;
  message?(message: Message): void;
  oversized?(message: Oversized): void;
  /** The broker has by now read the first `count` acknowledgements of this connection. */
  acknowledged?(count: number): void;
}

export interface Session {
  readonly version: Version;
  /** The broker has kept subscriptions and messages since the last connection. */
  readonly isPresent: boolean;
}

export interface Subscription {
  readonly filter: string;
  readonly qos: 0 | 1;
  /** Whether messages that the broker has retained are wanted. MQTT 3.1.1 sends them in any case, marked by `retain`. */
  readonly retained: boolean;
}

export interface PublishOptions {
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

/** Connections in a row that were made and soon closed by the broker without a word, before another client is suspected. */
const suspiciousHangUps = 2;

/** How often the log repeats a reason that stays the same. */
const repeatMs = 600_000;

/**
 * A connection to a broker that is made again whenever it is lost. Nothing is queued here: a message that cannot be sent now is refused at
 * once, and one that was not acknowledged when the connection broke is given back as failed. The spool has it.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #use: ConnectionUse;
  readonly #log: Log;
  readonly #random: () => number;
  readonly #address: Address;
  readonly #inFlight = new InFlight();
  readonly clientId: string;
  #state: ConnectionState = { at: 'offline', reason: 'not started', attempts: 0 };
  #version: Version;
  #link: Link | null = null;
  #welcome: Welcome | null = null;
  #retry: NodeJS.Timeout | undefined;
  #stable: NodeJS.Timeout | undefined;
  /** Failures in a row. */
  #attempts = 0;
  #connects = 0;
  #logged = { why: '', atMs: -Infinity };

  /** Throws where the options cannot work: the URL, an open password, a secret or a file that is not there. */
  constructor(options: ConnectionOptions, use: ConnectionUse, log: Log, random = Math.random) {
    this.#options = options;
    this.#use = use;
    this.#log = log;
    this.#random = random;
    this.#address = parseAddress(options.url, `${use.where}.url`);
    this.clientId = options.clientId ?? use.clientId;
    this.#version = options.version === '3.1.1' ? 4 : 5;
    const { insecurePassword } = options;
    refuseOpenPassword(this.#address, { hasPassword: options.password !== null, insecurePassword }, `${use.where}.password`);
    this.#secrets();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** How often the connection was made again. */
  get reconnects(): number {
    return Math.max(0, this.#connects - 1);
  }

  /** QoS 1 messages that are not acknowledged. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** QoS 1 messages that may be sent now. */
  get room(): number {
    if (this.#state.at !== 'online' || this.#welcome === null) return 0;
    return Math.min(this.#options.window, this.#welcome.receiveMaximum) - this.#inFlight.size;
  }

  /** More was written than the network takes: wait for `drained` before the next of QoS 0. */
  get isCongested(): boolean {
    return this.#link?.isCongested ?? false;
  }

  /** Settles when what was written is with the network, or the connection is lost. */
  drained(): Promise<void> {
    return this.#link?.drained() ?? Promise.resolve();
  }

  start(): void {
    if (this.#link === null && this.#retry === undefined && this.#state.at === 'offline') this.#connect();
  }

  /**
   * Sends a message, or says at once that it cannot. `published` is called when it is written (QoS 0), or when the broker has
   * acknowledged it (QoS 1).
   */
  send(topic: string, payload: Uint8Array, { qos, retain }: PublishOptions, published: Published): void {
    const [link, welcome] = [this.#link, this.#welcome];
    if (this.#state.at !== 'online' || link === null || welcome === null) return published(offline());
    // 3 bytes per character at most, and what stands before the topic.
    if (payload.length + 3 * topic.length + 16 > welcome.packetBytes) {
      return published(
        new PublishError('unfit', `${payload.length} bytes: ${sentenceOf(reason.packetTooLarge)}`, reason.packetTooLarge),
      );
    }
    if (qos === 1 && this.room <= 0) return published(new PublishError('full', 'too many messages are on their way'));
    const id = qos === 0 ? 0 : this.#inFlight.add(published);
    link.send(encodePublish({ topic, payload, qos, retain: retain && welcome.retain, id }, this.#version));
    return qos === 0 ? published(null) : undefined;
  }

  /** `send` as a promise, which is rejected with a PublishError. */
  publish(topic: string, payload: Uint8Array, options: PublishOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      this.send(topic, payload, options, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  /**
   * Gives the filters that the broker refuses, with its reasons. Rejected where the connection breaks before the answer. Mosquitto
   * grants a filter that its ACL forbids, and then sends nothing.
   */
  async subscribe(subscriptions: readonly Subscription[]): Promise<readonly { readonly filter: string; readonly why: string }[]> {
    if (this.#link === null) throw offline();
    const codes = await this.#link.subscribe(
      Object.fromEntries(subscriptions.map(({ filter, qos, retained }) => [filter, { qos, rh: retained ? 0 : 2 }])),
    );
    return subscriptions.flatMap(({ filter }, index) =>
      codes[index]! < 128 ? [] : [{ filter, why: sentenceOf(codes[index]!) }],
    );
  }

  async unsubscribe(filters: readonly string[]): Promise<void> {
    await this.#link?.unsubscribe(filters);
  }

  /** Tells the broker that these are taken, in the order in which they came; only those of the connection that stands now. */
  acknowledge(messages: readonly Pick<Message, 'id' | 'qos'>[]): void {
    if (this.#state.at === 'online') this.#link?.sendAcks(encodeAcks(messages), messages.length);
  }

  /** Reads no more messages until `release`, so that the broker has to wait; the connection stays alive. */
  hold(): void {
    this.#link?.hold();
  }

  release(): void {
    this.#link?.release();
  }

  /** Cuts the connection, for which the broker publishes the will, and makes it again later: where the broker takes nothing. */
  drop(why: string, code: number | null): void {
    this.#link?.cut(why, code);
  }

  /** Says goodbye, and connects again as after a loss. `withWill`: the broker publishes the will all the same. */
  async renew({ withWill }: { readonly withWill: boolean }): Promise<void> {
    if (this.#state.at === 'online') await this.#link?.close(withWill);
  }

  /** Says goodbye and closes, for good. `withWill`: the broker publishes the will as if the connection had broken. */
  async close({ withWill = false }: { readonly withWill?: boolean } = {}): Promise<void> {
    const [link, wasOnline] = [this.#link, this.#state.at === 'online'];
    this.#state = { at: 'closed' };
    this.#link = null;
    clearTimeout(this.#retry);
    clearTimeout(this.#stable);
    this.#inFlight.failAll(offline());
    if (link === null) return;
    if (wasOnline) await link.close(withWill);
    else link.cut('closed', null);
  }

  #secrets(): Pick<LinkOptions, 'user' | 'password'> & { readonly tls: ReturnType<typeof readTls> | null } {
    const { user, password, tls } = this.#options;
    const { where } = this.#use;
    return {
      user,
      password: password === null ? null : readSecret(password, `${where}.password`, this.#log),
      tls: this.#address.secure ? readTls(tls, this.#address.host, where, this.#log) : null,
    };
  }

  #connect(): void {
    this.#retry = undefined;
    this.#state = { at: 'connecting', attempts: this.#attempts };
    try {
      const { tls, ...login } = this.#secrets();
      const { keepAliveSeconds, connectTimeoutSeconds } = this.#options;
      const { sessionSeconds, receiveMaximum, maxPayloadBytes } = this.#use;
      const own = { version: this.#version, clientId: this.clientId, will: this.#use.will?.() ?? null, ...login };
      const link: Link = new Link(
        openSocket(this.#address, tls, connectTimeoutSeconds * 1000),
        { ...own, keepAliveSeconds, connectTimeoutSeconds, sessionSeconds, receiveMaximum, maxPayloadBytes },
        {
          up: (welcome) => this.#link === link && this.#up(welcome),
          down: (why, code) => this.#link === link && this.#down(why, code),
          publish: (message) => this.#use.message?.(message),
          oversized: (message) => this.#use.oversized?.(message),
          puback: (id, code) => this.#inFlight.settle(id, code < 128 ? null : refusal(code)),
          acknowledged: (count) => this.#use.acknowledged?.(count),
        },
      );
      this.#link = link;
    } catch (error) {
      // A secret or a certificate that could be read at the start and now cannot: somebody may be renewing it.
      this.#down(error instanceof InputError ? `${error.where}: ${error.what}` : describeSocketError(Error(String(error))), null);
    }
  }

  #up(welcome: Welcome): void {
    this.#welcome = welcome;
    this.#connects++;
    this.#state = { at: 'online', sinceMs: Date.now() };
    this.#logged = { why: '', atMs: -Infinity };
    const version = this.#version === 5 ? '5' : '3.1.1';
    this.#log.info('connected to the broker', {
      to: this.#use.where,
      broker: this.#address.text,
      version,
      session: welcome.sessionPresent,
    });
    if (this.#options.tls.trustAnyServer && this.#address.secure) {
      this.#log.warn('the certificate of the broker is not verified (trustAnyServer)', { to: this.#use.where });
    }
    if (welcome.qos === 0)
      this.#log.warn('the broker takes QoS 0 only: it will refuse what is sent to it', { to: this.#use.where });
    this.#stable = setTimeout(() => (this.#attempts = 0), this.#options.backoff.stableSeconds * 1000);
    this.#use.online({ version: this.#version, isPresent: welcome.sessionPresent });
  }

  #down(cause: string, code: number | null): void {
    const wasOnline = this.#state.at === 'online';
    this.#link = null;
    this.#welcome = null;
    clearTimeout(this.#stable);
    if (!wasOnline && this.#fallBack(code)) return this.#connect();
    this.#attempts++;
    const isFoughtFor = this.#isFoughtFor(wasOnline, cause);
    const why = isFoughtFor
      ? `${cause}, again and again: has another client the client id ${JSON.stringify(this.clientId)}?`
      : cause;
    this.#state = { at: 'offline', reason: why, attempts: this.#attempts };
    this.#inFlight.failAll(offline());
    const { backoff } = this.#options;
    // Two clients with one id throw each other out for ever; the slower this one is, the less harm it does.
    const isSlow = isFoughtFor || code === reason.sessionTakenOver;
    const waitMs = isSlow ? (500 + 500 * this.#random()) * backoff.maxSeconds : backoffMs(backoff, this.#attempts, this.#random);
    this.#retry = setTimeout(() => this.#connect(), waitMs);
    this.#tell(wasOnline ? 'the connection to the broker is lost' : 'the broker cannot be reached', why, waitMs);
    this.#use.offline(why, code);
    return undefined;
  }

  /** Whether 3.1.1 is to be tried at once, because the broker refuses version 5. */
  #fallBack(code: number | null): boolean {
    if (this.#options.version !== 'auto' || this.#version === 4 || code !== reason.unsupportedVersion) return false;
    this.#log.info('the broker refuses MQTT 5: from now on 3.1.1', { to: this.#use.where, broker: this.#address.text });
    this.#version = 4;
    return true;
  }

  /** A broker of 3.1.1 cannot say that another client has taken the id over, and mosquitto 2.0 does not: it lets us in and hangs up. */
  #isFoughtFor(wasOnline: boolean, why: string): boolean {
    return wasOnline && why === hungUp && this.#attempts > suspiciousHangUps;
  }

  #tell(what: string, why: string, waitMs: number): void {
    if (why === this.#logged.why && Date.now() - this.#logged.atMs < repeatMs) return;
    this.#logged = { why, atMs: Date.now() };
    this.#log.warn(what, {
      to: this.#use.where,
      broker: this.#address.text,
      clientId: this.clientId,
      why,
      attempts: this.#attempts,
      nextInSeconds: Math.round(waitMs / 100) / 10,
    });
  }
}

const offline = (): PublishError => new PublishError('offline', 'there is no connection to the broker');

const refusal = (code: number): PublishError => new PublishError(isForGood(code) ? 'unfit' : 'refused', sentenceOf(code), code);
