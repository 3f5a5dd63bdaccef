import { Buffer } from 'node:buffer';

/** Version as the protocol counts it: 4 is MQTT 3.1.1. */
export type Version = 4 | 5;

/** A PUBLISH as it came. */
export interface Message {
  readonly topic: string;
  /** A view into a larger buffer: who keeps it longer than the call copies it. */
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** The broker says that it has sent it before. */
  readonly dup: boolean;
  /** 0 where `qos` is 0. */
  readonly id: number;
}

/** A PUBLISH whose payload is too large; `payload` is empty, `bytes` is what it had (with the properties, where it was skipped unread). */
export interface Oversized extends Message {
  readonly bytes: number;
}

/** What a FrameReader finds. */
export interface FrameListener {
  publish(message: Message): void;
  oversized(message: Oversized): void;
  /** `code`: the reason of MQTT 5, 0 in 3.1.1. */
  puback(id: number, code: number): void;
  pubrel(id: number): void;
  /** Any other packet, whole. */
  other(packet: Buffer): void;
}

/** Types of packets, MQTT 5 table 2-1. */
const type = { publish: 3, puback: 4, pubrel: 6 } as const;

/** Room for a topic (65,535 bytes at most) and what else stands before the payload. */
export const headerBytes = 68_000;

const none = Buffer.alloc(0);

/**
 * Cuts a stream of bytes into MQTT packets (MQTT 5 section 2.1) and reads those itself of which there is one per message: mqtt.js takes
 * 14 us for each. Memory is bounded: of a PUBLISH beyond the limit the payload is skipped, anything else beyond it is an error.
 */
export class FrameReader {
  readonly #version: Version;
  readonly #maxPayloadBytes: number;
  readonly #listener: FrameListener;
  /** What is not read yet; joined only when there are `#need` bytes, so that a large packet is not copied with each chunk. */
  #parts: Buffer[] = [];
  #have = 0;
  #need = 2;
  /** Bytes still to come of a payload that nobody wants. */
  #skip = 0;
  #isHeld = false;

  constructor(version: Version, maxPayloadBytes: number, listener: FrameListener) {
    this.#version = version;
    this.#maxPayloadBytes = maxPayloadBytes;
    this.#listener = listener;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Reads no further, from the next packet on; what came in the same chunk is kept. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.feed(none);
  }

  /** Throws where the bytes are not MQTT. */
  feed(chunk: Buffer): void {
    const skipped = Math.min(this.#skip, chunk.length);
    this.#skip -= skipped;
    if (skipped < chunk.length) {
      this.#parts.push(chunk.subarray(skipped));
      this.#have += chunk.length - skipped;
    }
    if (this.#isHeld || this.#have < this.#need) return;
    const bytes = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    let at = 0;
    for (let next = at; !this.#isHeld && (next = this.#readOne(bytes, at)) > at;) at = next;
    this.#skip += Math.max(0, at - bytes.length);
    const rest = bytes.subarray(at);
    this.#parts = rest.length > 0 ? [rest] : [];
    this.#have = rest.length;
    if (this.#isHeld) this.#need = 2;
  }

  /** Reads the packet at `at`; gives where the next one begins (beyond the end where a payload is skipped), or `at` if it is not all there. */
  #readOne(bytes: Buffer, at: number): number {
    this.#need = 2;
    if (at + 2 > bytes.length) return at;
    let body = at + 1;
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      this.#need = body + 1 - at;
      if (body >= bytes.length) return at;
      const byte = bytes[body++]!;
      size += (byte & 0x7f) << shift;
      if (byte < 0x80) break;
      if (shift === 21) throw new Error('the length of a packet has more than four bytes');
    }
    const end = body + size;
    if (size > this.#maxPayloadBytes + headerBytes) return this.#skipPublish(bytes, at, body, end);
    this.#need = end - at;
    if (end > bytes.length) return at;
    this.#read(bytes, at, body, end);
    return end;
  }

  #read(bytes: Buffer, at: number, body: number, end: number): void {
    const head = bytes[at]!;
    const kind = head >> 4;
    if (kind === type.publish) return this.#readPublish(bytes, head, body, end);
    if (kind === type.puback || kind === type.pubrel) {
      if (end < body + 2) throw new Error(`a packet of type ${kind} without an id`);
      const id = bytes.readUInt16BE(body);
      if (kind === type.puback) this.#listener.puback(id, end > body + 2 ? bytes[body + 2]! : 0);
      else this.#listener.pubrel(id);
      return undefined;
    }
    return this.#listener.other(bytes.subarray(at, end));
  }

  #readPublish(bytes: Buffer, head: number, body: number, end: number): void {
    const message = readHead(bytes, head, body, end);
    let from = message.payloadFrom;
    if (this.#version === 5) from = afterProperties(bytes, from, end);
    // Without a topic alias maximum of ours the broker may not use aliases (MQTT 5 section 3.3.2.3.4).
    if (message.topic === '') throw new Error('a PUBLISH without a topic');
    const { topic, qos, retain, dup, id } = message;
    const size = end - from;
    if (size > this.#maxPayloadBytes) this.#listener.oversized({ topic, payload: none, qos, retain, dup, id, bytes: size });
    else this.#listener.publish({ topic, payload: bytes.subarray(from, end), qos, retain, dup, id });
  }

  /** A packet too large to be kept: as much as names it is read. */
  #skipPublish(bytes: Buffer, at: number, body: number, end: number): number {
    const head = bytes[at]!;
    if (head >> 4 !== type.publish) throw new Error(`a packet of type ${head >> 4} has ${end - body} bytes`);
    this.#need = body + 2 - at;
    if (bytes.length - at < this.#need) return at;
    this.#need += bytes.readUInt16BE(body) + 2;
    if (bytes.length - at < this.#need) return at;
    const { topic, qos, retain, dup, id, payloadFrom } = readHead(bytes, head, body, end);
    this.#need = 2;
    this.#listener.oversized({ topic, payload: none, qos, retain, dup, id, bytes: end - payloadFrom });
    return end;
  }
}

/** Topic, flags and id of a PUBLISH (MQTT 5 section 3.3.1 and 3.3.2). */
function readHead(bytes: Buffer, head: number, body: number, end: number) {
  const qos = (head >> 1) & 3;
  const topicEnd = body + 2 > end ? end + 1 : body + 2 + bytes.readUInt16BE(body);
  const payloadFrom = topicEnd + (qos > 0 ? 2 : 0);
  if (payloadFrom > end || qos === 3) throw new Error('a PUBLISH that is malformed');
  const id = qos > 0 ? bytes.readUInt16BE(topicEnd) : 0;
  if (qos > 0 && id === 0) throw new Error('a PUBLISH with the id 0');
  const level: 0 | 1 | 2 = qos === 0 ? 0 : qos === 1 ? 1 : 2;
  return {
    topic: bytes.toString('utf8', body + 2, topicEnd),
    qos: level,
    retain: (head & 1) !== 0,
    dup: (head & 8) !== 0,
    id,
    payloadFrom,
  };
}

/** Where the properties of MQTT 5 that begin at `from` end. */
function afterProperties(bytes: Buffer, from: number, end: number): number {
  let at = from;
  let size = 0;
  for (let shift = 0; shift <= 21; shift += 7) {
    if (at >= end) break;
    const byte = bytes[at++]!;
    size += (byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    if (at + size <= end) return at + size;
    break;
  }
  throw new Error('a PUBLISH with malformed properties');
}

/** A PUBLISH (MQTT 5 section 3.3). `id` is 0 for QoS 0. */
export function encodePublish(
  message: {
    readonly topic: string;
    readonly payload: Uint8Array;
    readonly qos: 0 | 1;
    readonly retain: boolean;
    readonly id: number;
  },
  version: Version,
): Buffer {
  const { topic, payload, qos } = message;
  const topicBytes = Buffer.byteLength(topic);
  const size = 2 + topicBytes + (qos > 0 ? 2 : 0) + (version === 5 ? 1 : 0) + payload.length;
  const bytes = Buffer.allocUnsafe(5 + size);
  bytes[0] = (type.publish << 4) | (qos << 1) | (message.retain ? 1 : 0);
  let at = 1;
  for (let left = size; ;) {
    const low = left & 0x7f;
    left >>>= 7;
    bytes[at++] = left > 0 ? low | 0x80 : low;
    if (left === 0) break;
  }
  at = bytes.writeUInt16BE(topicBytes, at);
  at += bytes.write(topic, at, topicBytes);
  if (qos > 0) at = bytes.writeUInt16BE(message.id, at);
  // No properties.
  if (version === 5) bytes[at++] = 0;
  bytes.set(payload, at);
  return bytes.subarray(0, at + payload.length);
}

/** PUBACKs (for QoS 1) and PUBRECs (for QoS 2) of messages that were taken, in their order. The same bytes in both versions. */
export function encodeAcks(messages: readonly Pick<Message, 'id' | 'qos'>[]): Buffer {
  const bytes = Buffer.allocUnsafe(4 * messages.length);
  let at = 0;
  for (const { id, qos } of messages) {
    bytes[at] = qos === 2 ? 0x50 : 0x40;
    bytes[at + 1] = 2;
    at = bytes.writeUInt16BE(id, at + 2);
  }
  return bytes;
}

/** A PUBCOMP, the answer to a PUBREL. */
export const encodePubcomp = (id: number): Buffer => Buffer.from([0x70, 2, id >> 8, id & 0xff]);

export const pingRequest: Buffer = Buffer.from([0xc0, 0]);
