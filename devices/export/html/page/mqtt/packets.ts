// MQTT 3.1.1 (OASIS standard, 2014), as much of it as a subscriber needs. Numbers in comments are sections of it.

/** First bytes of packets that we send: type in the upper four bits, flags in the lower (2.2). */
const types = { connect: 0x10, puback: 0x40, subscribe: 0x82, pingreq: 0xc0, disconnect: 0xe0 } as const;

export type Packet =
  /** 3.2: 0 is accepted. */
  | { readonly kind: 'connack'; readonly code: number }
  /** 3.9: 0x80 is refused. */
  | { readonly kind: 'suback'; readonly code: number }
  | {
      readonly kind: 'publish';
      readonly topic: string;
      readonly payload: Uint8Array;
      /** Of QoS 1, to be answered; null: QoS 0. */
      readonly id: number | null;
    }
  | { readonly kind: 'pingresp' };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Length in two bytes, then UTF-8 (1.5.3). */
function text(value: string): number[] {
  const bytes = encoder.encode(value);
  return [bytes.length >> 8, bytes.length & 255, ...bytes];
}

/** Seven bits per byte, the lowest first; the eighth says that more follow (2.2.3). */
function packet(type: number, body: readonly number[]): Uint8Array<ArrayBuffer> {
  const length: number[] = [];
  for (let rest = body.length; length.length === 0 || rest > 0; rest = Math.floor(rest / 128)) {
    length.push((rest % 128) + (rest >= 128 ? 128 : 0));
  }
  return Uint8Array.from([type, ...length, ...body]);
}

export interface Login {
  readonly clientId: string;
  readonly user: string;
  readonly password: string;
  readonly keepAliveSeconds: number;
}

/** 3.1: a clean session. */
export function connect({ clientId, user, password, keepAliveSeconds }: Login): Uint8Array<ArrayBuffer> {
  const flags = 0x02 | (user === '' ? 0 : 0x80) | (password === '' || user === '' ? 0 : 0x40);
  return packet(types.connect, [
    ...text('MQTT'),
    4,
    flags,
    keepAliveSeconds >> 8,
    keepAliveSeconds & 255,
    ...text(clientId),
    ...(user === '' ? [] : text(user)),
    ...(password === '' || user === '' ? [] : text(password)),
  ]);
}

/** 3.8: at most once or at least once, as the publisher has it. */
export const subscribe = (id: number, topic: string): Uint8Array<ArrayBuffer> =>
  packet(types.subscribe, [id >> 8, id & 255, ...text(topic), 1]);

export const puback = (id: number): Uint8Array<ArrayBuffer> => packet(types.puback, [id >> 8, id & 255]);

export const ping = (): Uint8Array<ArrayBuffer> => packet(types.pingreq, []);

export const disconnect = (): Uint8Array<ArrayBuffer> => packet(types.disconnect, []);

/** Packets out of a stream of bytes: a WebSocket message may hold part of one, or several (6.0-3). */
export class PacketReader {
  #bytes = new Uint8Array(0);

  /** The packets that are complete with these bytes. Throws an Error if they are not MQTT. */
  take(bytes: Uint8Array): Packet[] {
    const all = new Uint8Array(this.#bytes.length + bytes.length);
    all.set(this.#bytes);
    all.set(bytes, this.#bytes.length);
    const packets: Packet[] = [];
    let at = 0;
    for (;;) {
      const header = headerAt(all, at);
      if (header === null || header.end > all.length) break;
      packets.push(parse(all[at]!, all.subarray(header.start, header.end)));
      at = header.end;
    }
    this.#bytes = all.slice(at);
    return packets;
  }
}

/** Where the body of the packet at `at` lies; null: its length is not there yet. */
function headerAt(bytes: Uint8Array, at: number): { readonly start: number; readonly end: number } | null {
  const type = bytes[at];
  // At once, not when the packet is whole: what is no MQTT may never be.
  if (type !== undefined && !received.has(type >> 4)) {
    throw new Error(`what came is not MQTT 3.1.1 for a subscriber: a packet begins with ${type}`);
  }
  let length = 0;
  for (let i = 1; i <= 4; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return null;
    length += (byte & 127) * 128 ** (i - 1);
    if (byte < 128) return { start: at + i + 1, end: at + i + 1 + length };
  }
  throw new Error('what came is not MQTT: the length of a packet has more than four bytes');
}

/** Types of packets that come to a subscriber (2.2.1): CONNACK, PUBLISH, SUBACK, PINGRESP. */
const received: ReadonlyMap<number, (first: number, body: Uint8Array) => Packet> = new Map([
  [2, (_, body): Packet => ({ kind: 'connack', code: body[1]! })],
  [3, publish],
  [9, (_, body): Packet => ({ kind: 'suback', code: body[2]! })],
  [13, (): Packet => ({ kind: 'pingresp' })],
]);

const parse = (first: number, body: Uint8Array): Packet => received.get(first >> 4)!(first, body);

/** 3.3 */
function publish(first: number, body: Uint8Array): Packet {
  const topicEnd = 2 + (body[0]! << 8) + body[1]!;
  const quality = (first >> 1) & 3;
  const start = topicEnd + (quality === 0 ? 0 : 2);
  if (!(start <= body.length)) throw new Error('what came is not MQTT: a message is shorter than its topic');
  return {
    kind: 'publish',
    topic: decoder.decode(body.subarray(2, topicEnd)),
    payload: body.slice(start),
    id: quality === 0 ? null : (body[topicEnd]! << 8) + body[topicEnd + 1]!,
  };
}
