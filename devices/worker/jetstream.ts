import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  jetstream,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type Consumer,
  type ConsumerInfo,
  type JetStreamClient,
  type JetStreamManager,
  type MsgRequest,
  type StreamConfig,
} from '@nats-io/jetstream';
import { InputError } from '../../compiler/error.ts';
import type { Connection } from './connect.ts';
import { describeProblem } from './persist.ts';

/** The one file that knows JetStream's client; others take these types from here. */
export type { JsMsg } from '@nats-io/jetstream';
export type PullConsumer = Consumer;

/** A stream as `setup` wants it. */
export interface StreamRules {
  readonly name: string;
  readonly subjects: readonly string[];
  /** `work`: a message goes once it is acknowledged; `limits`: when the limits say so. */
  readonly keep: 'work' | 'limits';
  /** What happens at the limit of bytes: publishing is refused, or the oldest go. */
  readonly full: 'refuse' | 'drop-oldest';
  readonly replicas: number;
  /** null: no limit. */
  readonly maxBytes: number | null;
  readonly maxAgeSeconds: number | null;
  readonly maxPerSubject: number | null;
  readonly duplicateSeconds: number;
}

/** A message that a stream keeps. */
export interface Stored {
  /** In the stream. */
  readonly seq: number;
  /** Its Nats-Msg-Id; empty: none. */
  readonly id: string;
  readonly data: Uint8Array;
}

/** conflict: the subject's last message is not the one that the publisher takes it for. */
export type Published = { readonly kind: 'stored'; readonly seq: number } | { readonly kind: 'conflict' };

const nanos = (seconds: number): number => seconds * 1e9;
/** An answer that has not come by then will not: the node that was asked is gone. */
const requestMs = 2000;
/** Codes of JetStream's API errors: the name is used with other rules, replicas without a cluster, a consumer has this filter already. */
const [streamNameInUse, replicasNeedCluster, filterInUse] = [10058, 10074, 10100];

/** What workers and ingest want of JetStream, in their words. */
export class JetStream {
  readonly connection: Connection;
  readonly #manager: JetStreamManager;
  readonly client: JetStreamClient;

  private constructor(connection: Connection, manager: JetStreamManager) {
    this.connection = connection;
    this.#manager = manager;
    this.client = jetstream(connection, { timeout: requestMs });
  }

  /** Waits while the cluster has no leader. Throws an InputError if JetStream is not to be had there. */
  static async open(connection: Connection, patienceMs: number): Promise<JetStream> {
    for (const until = performance.now() + patienceMs; ;) {
      try {
        return new JetStream(connection, await jetstreamManager(connection, { timeout: requestMs }));
      } catch (cause) {
        if (performance.now() < until) continue;
        throw new InputError(
          {
            where: connection.getServer(),
            what: `JetStream does not answer (${describeProblem(cause)})`,
            hint: 'Give nats-server a jetstream { store_dir: ... } block, and see that more than half of the cluster is there.',
          },
          { cause },
        );
      }
    }
  }

  /** Bytes that a message may have. */
  get maxPayload(): number {
    return this.connection.info?.max_payload ?? 2 ** 20;
  }

  /** Makes the stream, or sees that it is as wanted: which keys are not. */
  async ensureStream(
    rules: StreamRules,
  ): Promise<readonly { readonly key: string; readonly found: unknown; readonly wanted: unknown }[]> {
    const wanted = configOf(rules);
    const found = await this.#makeOrFind(wanted);
    return (['retention', 'discard', 'num_replicas', 'max_bytes', 'max_age', 'max_msgs_per_subject', 'duplicate_window'] as const)
      .filter((key) => found[key] !== wanted[key])
      .map((key) => ({ key, found: found[key], wanted: wanted[key] }));
  }

  async #stored(stream: string, query: MsgRequest): Promise<Stored | null> {
    const message = await this.#manager.streams.getMessage(stream, query);
    return message === null ? null : { seq: message.seq, id: message.header.get('Nats-Msg-Id'), data: message.data };
  }

  async #makeOrFind(wanted: ReturnType<typeof configOf>): Promise<StreamConfig> {
    try {
      return (await this.#manager.streams.add(wanted)).config;
    } catch (error) {
      const code = error instanceof JetStreamApiError ? error.code : null;
      if (code === streamNameInUse) return (await this.#manager.streams.info(wanted.name)).config;
      if (code !== replicasNeedCluster) throw error;
      const hint = 'Say --replicas 1, or make a cluster of three (docs/worker.md).';
      throw new InputError({ where: `stream ${wanted.name}`, what: 'a single server keeps no replicas', hint }, { cause: error });
    }
  }

  /** When the stream was made: another one of the same name counts its messages anew. */
  async createdAt(stream: string): Promise<number> {
    return Date.parse((await this.#manager.streams.info(stream)).created);
  }

  /** `after`: sequence number of what has to be the subject's last message, 0 for none. Throws where it is not known whether it is stored. */
  async publish(
    subject: string,
    data: Uint8Array,
    { id, after }: { readonly id?: string; readonly after?: number },
  ): Promise<Published> {
    try {
      const { seq } = await this.client.publish(subject, data, {
        ...(id === undefined ? {} : { msgID: id }),
        ...(after === undefined ? {} : { expect: { lastSubjectSequence: after } }),
      });
      return { kind: 'stored', seq };
    } catch (error) {
      const isConflict = error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamWrongLastSequence;
      if (isConflict && after !== undefined) return { kind: 'conflict' };
      throw error;
    }
  }

  /** The subject's last message, as the stream's leader knows it. */
  last(stream: string, subject: string): Promise<Stored | null> {
    return this.#stored(stream, { last_by_subj: subject });
  }

  /** The message with this sequence number; null: there is none, or not yet. */
  at(stream: string, seq: number): Promise<Stored | null> {
    return this.#stored(stream, { seq });
  }

  /** Subjects that the stream has messages of. */
  async subjects(stream: string, filter: string): Promise<readonly string[]> {
    const { state } = await this.#manager.streams.info(stream, { subjects_filter: filter });
    return Object.keys(state.subjects ?? {});
  }

  async purge(stream: string, filter: string): Promise<void> {
    await this.#manager.streams.purge(stream, { filter });
  }

  /** A pull consumer of this name, the only one of the subject: others are ended. */
  async consume(stream: string, subject: string, name: string, maxPending: number): Promise<PullConsumer> {
    const add = async (): Promise<PullConsumer> =>
      this.client.consumers.getConsumerFromInfo(
        await this.#manager.consumers.add(stream, {
          durable_name: name,
          filter_subject: subject,
          ack_policy: AckPolicy.Explicit,
          deliver_policy: DeliverPolicy.All,
          // Nothing is delivered twice by one consumer, so that its count tells whether a message was lost on the way (inbox.ts).
          ack_wait: nanos(86_400),
          max_ack_pending: maxPending,
        }),
      );
    try {
      return await add();
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.code !== filterInUse) throw error;
      for await (const { config } of this.#manager.consumers.list(stream)) {
        if (config.filter_subject === subject && config.durable_name !== undefined)
          await this.endConsumer(stream, config.durable_name);
      }
      return add();
    }
  }

  /** Also where it is gone already. */
  async endConsumer(stream: string, name: string): Promise<void> {
    try {
      await this.#manager.consumers.delete(stream, name);
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.code !== JetStreamApiCodes.ConsumerNotFound) throw error;
    }
  }

  /** Name of the node that leads the stream. */
  async leaderOf(stream: string): Promise<string | undefined> {
    return (await this.#manager.streams.info(stream)).cluster?.leader;
  }
}

/** null: there is no such consumer any more. */
export async function infoOf(consumer: PullConsumer): Promise<ConsumerInfo | null> {
  try {
    return await consumer.info();
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound) return null;
    throw error;
  }
}

function configOf(rules: StreamRules): Partial<StreamConfig> & { readonly name: string } {
  return {
    name: rules.name,
    subjects: [...rules.subjects],
    retention: rules.keep === 'work' ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
    discard: rules.full === 'refuse' ? DiscardPolicy.New : DiscardPolicy.Old,
    storage: StorageType.File,
    num_replicas: rules.replicas,
    max_bytes: rules.maxBytes ?? -1,
    max_age: rules.maxAgeSeconds === null ? 0 : nanos(rules.maxAgeSeconds),
    max_msgs_per_subject: rules.maxPerSubject ?? -1,
    duplicate_window: nanos(rules.duplicateSeconds),
    allow_direct: false,
  };
}
