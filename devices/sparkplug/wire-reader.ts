import { MalformedPayload } from './malformed.ts';

/** A whole number of 64 bits, unsigned as on the wire: a number where that is exact (below 2^53), else a bigint. */
export type Unsigned64 = number | bigint;

/** Kinds of fields (https://protobuf.dev/programming-guides/encoding/#structure); groups (3, 4) are refused. */
export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Field number and wire type behind a tag. */
export interface Tag {
  readonly field: number;
  readonly wire: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const twoTo32 = 2 ** 32;

/**
 * Reads protocol buffers from bytes that nobody vouches for: a cursor that cannot run off its end.
 * Every method throws a MalformedPayload where the bytes are not what it reads. It goes down no further than it is told:
 * what lies in a field that is skipped is not looked at, so that no nesting costs stack.
 */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  tag(): Tag {
    const value = this.uint32();
    const field = value >>> 3;
    if (field === 0) throw new MalformedPayload(`byte ${this.#at}: 0 is no field number`);
    return { field, wire: value & 7 };
  }

  /** The low 32 bits of a varint: some encoders write negative int32 as ten bytes. */
  uint32(): number {
    const value = this.uint64();
    return typeof value === 'bigint' ? Number(BigInt.asUintN(32, value)) : value % twoTo32;
  }

  uint64(): Unsigned64 {
    let low = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      if (this.#at >= this.#end) throw new MalformedPayload(`byte ${this.#at}: a varint has no end`);
      const byte = this.#bytes[this.#at++]!;
      // Seven bits each: 28 in `low`, 28 in `high`, the eight that are left in the ninth and tenth byte.
      if (i < 4) low += (byte & 0x7f) * 2 ** (7 * i);
      else high += (byte & 0x7f) * 2 ** (7 * (i - 4));
      if (byte < 0x80) {
        const isExact = high < 2 ** 25;
        return isExact ? high * 2 ** 28 + low : BigInt.asUintN(64, (BigInt(high) << 28n) | BigInt(low));
      }
    }
    throw new MalformedPayload(`byte ${this.#at}: a varint of more than ten bytes`);
  }

  bool(): boolean {
    return this.uint64() !== 0;
  }

  float(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** A view, not a copy. */
  bytes(): Uint8Array {
    const length = this.uint32();
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  string(): string {
    const bytes = this.bytes();
    try {
      return utf8.decode(bytes);
    } catch (cause) {
      throw new MalformedPayload(`byte ${this.#at}: a string is not UTF-8`, { cause });
    }
  }

  /** A reader of the message that begins here, which is left behind. */
  message(): WireReader {
    const length = this.uint32();
    const at = this.#take(length);
    return new WireReader(this.#bytes, at, at + length);
  }

  skip(wire: number): void {
    if (wire === wireTypes.varint) this.uint64();
    else if (wire === wireTypes.fixed64) this.#take(8);
    else if (wire === wireTypes.bytes) this.bytes();
    else if (wire === wireTypes.fixed32) this.#take(4);
    else throw new MalformedPayload(`byte ${this.#at}: wire type ${wire} is not read`);
  }

  #take(length: number): number {
    const at = this.#at;
    if (at + length > this.#end) {
      throw new MalformedPayload(`byte ${at}: needs ${length} bytes, ${this.#end - at} are left`);
    }
    this.#at = at + length;
    return at;
  }
}
