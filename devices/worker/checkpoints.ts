import { createHash } from 'node:crypto';
import type { Log } from '../log.ts';
import { decodeSnapshot, encodeSnapshot, type Snapshot } from '../agent/snapshot.ts';
import { Fenced } from './fenced.ts';
import type { JetStream } from './jetstream.ts';
import { stateSubject, type Names } from './names.ts';
import { persist } from './persist.ts';

/** What was known of a partition's sensors after a message. */
export interface Checkpoint {
  /** The last message of the samples stream that is in it; 0: none. */
  readonly seq: number;
  readonly snapshot: Snapshot;
}

/** What is stored under `head`: where the pieces of the snapshot lie. */
interface Head {
  readonly version: 1;
  readonly token: number;
  readonly seq: number;
  /** When the samples stream was made, which `seq` counts: milliseconds since 1970. */
  readonly samplesCreated: number;
  /** The pieces are the subjects piece.<set>.0, 1 ... */
  readonly set: string;
  readonly pieces: number;
  readonly sha256: string;
}

export interface CheckpointParts {
  readonly jetstream: JetStream;
  readonly names: Names;
  readonly partition: number;
  readonly token: number;
  readonly samplesCreated: number;
  readonly log: Log;
  readonly isWanted: () => boolean;
}

/**
 * The checkpoints of a partition: the pieces of a snapshot first, each owner's under subjects of its own, then the head, which is
 * replaced only by whoever knows the one before. So a head always points to pieces that are whole, and an owner that was paused while
 * another one took over fails here.
 */
export class Checkpoints {
  readonly #parts: CheckpointParts;
  readonly #pieceBytes: number;
  /** Sequence number of the head in its stream; 0: there is none. */
  #headSeq = 0;
  #set = '';
  #hasTidied = false;

  constructor(parts: CheckpointParts) {
    this.#parts = parts;
    this.#pieceBytes = Math.min(512 * 1024, parts.jetstream.maxPayload - 1024);
  }

  /** Takes the partition over: from now on nobody who had it before can store anything. null: there is no checkpoint that can be used. */
  async claim(): Promise<Checkpoint | null> {
    return this.#persist(async () => {
      const { jetstream, names, token, samplesCreated, log, partition } = this.#parts;
      const stored = await jetstream.last(names.state, this.#subject('head'));
      this.#headSeq = stored?.seq ?? 0;
      const head = stored === null ? null : parseHead(stored.data);
      if (head === null) {
        if (stored !== null) log.error('a checkpoint cannot be read: its sensors begin anew', { partition });
        return null;
      }
      if (head.token > token) throw new Fenced(`partition ${partition} was taken with token ${head.token}`);
      if (!(await this.#replaceHead({ ...head, token }))) throw new Error('the head was replaced while it was read');
      this.#set = head.set;
      const snapshot = await this.#read(head);
      if (snapshot === null) {
        log.error('a checkpoint is damaged: its sensors begin anew', { partition });
        return null;
      }
      // The samples stream was made anew: what is in the windows is right still.
      return { seq: head.samplesCreated === samplesCreated ? head.seq : 0, snapshot };
    });
  }

  /** Throws Fenced if the partition was taken over. */
  async save(seq: number, snapshot: Snapshot): Promise<void> {
    const { jetstream, names, token, samplesCreated } = this.#parts;
    const bytes = encodeSnapshot(snapshot);
    const set = `${token}-${Date.now().toString(36)}`;
    const pieces = Math.ceil(bytes.length / this.#pieceBytes);
    for (let i = 0; i < pieces; i++) {
      const piece = bytes.subarray(i * this.#pieceBytes, (i + 1) * this.#pieceBytes);
      await this.#persist(() => jetstream.publish(this.#subject(`piece.${set}.${i}`), piece, {}));
    }
    const head: Head = { version: 1, token, seq, samplesCreated, set, pieces, sha256: sha256(bytes) };
    await this.#persist(async () => {
      if (await this.#replaceHead(head)) return;
      // It is ours if an attempt before was stored without an answer.
      const stored = await jetstream.last(names.state, this.#subject('head'));
      const found = stored === null ? null : parseHead(stored.data);
      if (stored === null || found?.set !== set || found.token !== token) {
        throw new Fenced(`partition ${this.#parts.partition} was taken over`);
      }
      this.#headSeq = stored.seq;
    });
    const before = this.#set;
    this.#set = set;
    await this.#tidy(before);
  }

  /** Pieces of the checkpoint before go; once, also those that somebody left who was killed. */
  async #tidy(before: string): Promise<void> {
    const { jetstream, names } = this.#parts;
    await this.#persist(async () => {
      if (this.#hasTidied) return jetstream.purge(names.state, this.#subject(`piece.${before}.*`));
      const subjects = await jetstream.subjects(names.state, this.#subject('piece.>'));
      const sets = new Set(subjects.map((subject) => subject.split('.').at(-2)!));
      sets.delete(this.#set);
      for (const set of sets) await jetstream.purge(names.state, this.#subject(`piece.${set}.*`));
      this.#hasTidied = true;
    });
  }

  async #replaceHead(head: Head): Promise<boolean> {
    const { jetstream } = this.#parts;
    const result = await jetstream.publish(this.#subject('head'), Buffer.from(JSON.stringify(head)), { after: this.#headSeq });
    if (result.kind === 'conflict') return false;
    this.#headSeq = result.seq;
    return true;
  }

  async #read(head: Head): Promise<Snapshot | null> {
    const { jetstream, names } = this.#parts;
    const pieces: Uint8Array[] = [];
    for (let i = 0; i < head.pieces; i++) {
      const piece = await jetstream.last(names.state, this.#subject(`piece.${head.set}.${i}`));
      if (piece === null) return null;
      pieces.push(piece.data);
    }
    const bytes = Buffer.concat(pieces);
    return sha256(bytes) === head.sha256 ? decodeSnapshot(bytes) : null;
  }

  #subject(rest: string): string {
    return stateSubject(this.#parts.names, this.#parts.partition, rest);
  }

  #persist<T>(attempt: () => Promise<T>): Promise<T> {
    const { partition, log, isWanted } = this.#parts;
    return persist(`checkpoint of partition ${partition}`, log, attempt, isWanted);
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** null: not what this version writes. */
function parseHead(data: Uint8Array): Head | null {
  try {
    // Only workers may write here (docs/worker.md); another version of them may have.
    const head = JSON.parse(Buffer.from(data).toString()) as Head;
    return head.version === 1 ? head : null;
  } catch {
    return null;
  }
}
