import { wireTypes, type Unsigned64 } from './wire-reader.ts';

const encoder = new TextEncoder();

/** Writes protocol buffers into a buffer that grows and is used again for the next message. */
export class WireWriter {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /** A copy of what was written; the writer begins again. */
  finish(): Uint8Array {
    const written = this.#bytes.slice(0, this.#at);
    this.#at = 0;
    return written;
  }

  /** Number or bigint, 0 to 2^64 - 1. */
  uint64(field: number, value: Unsigned64): void {
    this.#tag(field, wireTypes.varint);
    this.#varint(value);
  }

  bool(field: number, value: boolean): void {
    this.uint64(field, value ? 1 : 0);
  }

  float(field: number, value: number): void {
    this.#tag(field, wireTypes.fixed32);
    this.#reserve(4);
    this.#view.setFloat32(this.#at, value, true);
    this.#at += 4;
  }

  double(field: number, value: number): void {
    this.#tag(field, wireTypes.fixed64);
    this.#reserve(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, wireTypes.bytes);
    this.#varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  string(field: number, value: string): void {
    this.bytes(field, encoder.encode(value));
  }

  /** A message within: what `write` writes, behind its length, which is only known afterwards: so the bytes move up. */
  message(field: number, write: () => void): void {
    this.#tag(field, wireTypes.bytes);
    const start = this.#at;
    write();
    const length = this.#at - start;
    const prefix = varintLength(length);
    this.#reserve(prefix);
    this.#bytes.copyWithin(start + prefix, start, this.#at);
    this.#at = start;
    this.#varint(length);
    this.#at += length;
  }

  #tag(field: number, wire: number): void {
    this.#varint(field * 8 + wire);
  }

  #varint(value: Unsigned64): void {
    this.#reserve(10);
    let rest = value;
    // Down to 32 bits by division, as bit operations would cut the number off.
    while (rest >= 0x80) {
      const byte = typeof rest === 'bigint' ? Number(rest & 0x7fn) : rest % 0x80;
      this.#bytes[this.#at++] = byte | 0x80;
      rest = typeof rest === 'bigint' ? rest >> 7n : Math.floor(rest / 0x80);
    }
    this.#bytes[this.#at++] = Number(rest);
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#at + length));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}
