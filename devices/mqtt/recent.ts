import type { Message } from './frames.ts';

interface Taken {
  readonly hash: number;
  /** Its place among the acknowledgements of the connection; 0: taken over an earlier one. */
  readonly place: number;
}

/** Bytes of a message in the text: packet id and hash, little-endian. */
const entryBytes = 6;

/**
 * The messages that were taken, but of whose acknowledgement it is not known that the broker has read it: after a new connection, or a crash,
 * it sends them again with the same packet id. There are at most as many as it may have on their way.
 */
export class Recent {
  readonly #most: number;
  /** By packet id, the oldest first. */
  readonly #taken = new Map<number, Taken>();
  #place = 0;

  /** `text`: of `encode`, before a restart. */
  constructor(most: number, text = '') {
    this.#most = most;
    const bytes = Buffer.from(text, 'base64');
    for (let at = 0; at + entryBytes <= bytes.length; at += entryBytes) {
      this.#note(bytes.readUInt16LE(at), { hash: bytes.readUInt32LE(at + 2), place: 0 });
    }
  }

  get size(): number {
    return this.#taken.size;
  }

  /** Notes a message of QoS 1 or 2 and says whether it was taken before. To be asked once per message, in the order of their coming. */
  isRepeated(message: Message): boolean {
    const { id, dup } = message;
    const hash = hashOf(message);
    const isRepeated = dup && this.#taken.get(id)?.hash === hash;
    this.#note(id, { hash, place: ++this.#place });
    return isRepeated;
  }

  /** To the end of the order, also where the id was there. */
  #note(id: number, taken: Taken): void {
    this.#taken.delete(id);
    this.#taken.set(id, taken);
    if (this.#taken.size <= this.#most) return;
    const [oldest] = this.#taken.keys();
    if (oldest !== undefined) this.#taken.delete(oldest);
  }

  /** The broker has read the first `count` acknowledgements of this connection: it will not send those messages again. */
  forget(count: number): void {
    for (const [id, { place }] of this.#taken) {
      if (place > count) return;
      this.#taken.delete(id);
    }
  }

  /** There is a new connection: what was taken over the last one stays, until the first answer to a ping says that all was sent again. */
  reconnected(): void {
    this.#place = 0;
    for (const [id, { hash }] of this.#taken) this.#taken.set(id, { hash, place: 0 });
  }

  /** All of them, the oldest first; text of `encodeLast` may follow it. */
  encode(): string {
    return encodeEntries([...this.#taken]);
  }

  /** The last `count` messages that were noted. */
  encodeLast(count: number): string {
    return encodeEntries([...this.#taken].slice(-count));
  }
}

/** Six bytes are eight letters: texts can be put together. */
function encodeEntries(entries: readonly (readonly [id: number, taken: Taken])[]): string {
  const bytes = Buffer.allocUnsafe(entryBytes * entries.length);
  entries.forEach(([id, { hash }], i) => bytes.writeUInt32LE(hash, bytes.writeUInt16LE(id, entryBytes * i)));
  return bytes.toString('base64');
}

/** Bytes at each end of a payload that the hash reads: the head of a frame has its time, and a vibration frame may have 64 KB. */
const hashedBytes = 128;

/**
 * FNV-1a (32 bits) of the topic, the payload's length and its ends. Only messages with the same packet id of which the later is marked as a
 * repetition are compared by it.
 */
function hashOf({ topic, payload }: Message): number {
  let hash = 0x811c9dc5 ^ payload.length;
  for (let i = 0; i < topic.length; i++) hash = Math.imul(hash ^ topic.charCodeAt(i), 0x01000193);
  const head = Math.min(payload.length, hashedBytes);
  for (let i = 0; i < head; i++) hash = Math.imul(hash ^ payload[i]!, 0x01000193);
  for (let i = Math.max(head, payload.length - hashedBytes); i < payload.length; i++)
    hash = Math.imul(hash ^ payload[i]!, 0x01000193);
  return hash >>> 0;
}
