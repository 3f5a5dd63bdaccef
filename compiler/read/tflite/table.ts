import { ByteBuffer } from 'flatbuffers';
import { InputError } from '../../error.ts';

/** The file while it is read: every position and length is checked before it is trusted. */
export class TfliteFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly buffer: ByteBuffer;

  constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    this.bytes = bytes;
    this.buffer = new ByteBuffer(bytes);
  }

  root(): Table {
    this.check(0, 8);
    return this.table(this.buffer.readInt32(0));
  }

  table(at: number): Table {
    this.check(at, 4);
    const vtable = at - this.buffer.readInt32(at);
    this.check(vtable, 4);
    const size = this.buffer.readUint16(vtable);
    this.check(vtable, size);
    return new Table(this, at, vtable, size);
  }

  check(at: number, length: number): void {
    if (at >= 0 && length >= 0 && at + length <= this.bytes.length) return;
    throw this.damaged(`byte ${at}`, `needs ${length} bytes but the file ends at ${this.bytes.length}`);
  }

  damaged(place: string, what: string): InputError {
    return new InputError({
      where: `${this.name}, ${place}`,
      what,
      hint: 'The file looks truncated or damaged: copy it or export the model again.',
    });
  }
}

/** One FlatBuffers table (https://flatbuffers.dev/internals/#tables). */
export class Table {
  readonly #file: TfliteFile;
  readonly #at: number;
  readonly #vtable: number;
  readonly #vtableSize: number;

  constructor(file: TfliteFile, at: number, vtable: number, vtableSize: number) {
    this.#file = file;
    this.#at = at;
    this.#vtable = vtable;
    this.#vtableSize = vtableSize;
  }

  /** Position of a field, or null where it has its default. */
  #field(slot: number, size: number): number | null {
    const entry = 4 + 2 * slot;
    const offset = entry + 2 <= this.#vtableSize ? this.#file.buffer.readUint16(this.#vtable + entry) : 0;
    if (offset === 0) return null;
    this.#file.check(this.#at + offset, size);
    return this.#at + offset;
  }

  has(slot: number): boolean {
    return this.#field(slot, 1) !== null;
  }

  int8(slot: number): number {
    const at = this.#field(slot, 1);
    return at === null ? 0 : this.#file.buffer.readInt8(at);
  }

  uint32(slot: number): number {
    const at = this.#field(slot, 4);
    return at === null ? 0 : this.#file.buffer.readUint32(at);
  }

  int32(slot: number, fallback: number): number {
    const at = this.#field(slot, 4);
    return at === null ? fallback : this.#file.buffer.readInt32(at);
  }

  float32(slot: number, fallback: number): number {
    const at = this.#field(slot, 4);
    return at === null ? fallback : this.#file.buffer.readFloat32(at);
  }

  bool(slot: number): boolean {
    return this.int8(slot) !== 0;
  }

  /** A nested table, or null. */
  table(slot: number): Table | null {
    const at = this.#field(slot, 4);
    return at === null ? null : this.#file.table(at + this.#file.buffer.readUint32(at));
  }

  /** Start and length of a vector; length 0 where it is absent. */
  #vector(slot: number, elementBytes: number): { readonly start: number; readonly length: number } {
    const at = this.#field(slot, 4);
    if (at === null) return { start: 0, length: 0 };
    const vector = at + this.#file.buffer.readUint32(at);
    this.#file.check(vector, 4);
    const length = this.#file.buffer.readUint32(vector);
    this.#file.check(vector + 4, length * elementBytes);
    return { start: vector + 4, length };
  }

  ints(slot: number): number[] {
    const { start, length } = this.#vector(slot, 4);
    return Array.from({ length }, (_, i) => this.#file.buffer.readInt32(start + 4 * i));
  }

  /** 64-bit whole numbers; beyond 2^53 they are rounded. */
  longs(slot: number): number[] {
    const { start, length } = this.#vector(slot, 8);
    return Array.from({ length }, (_, i) => Number(this.#file.buffer.readInt64(start + 8 * i)));
  }

  floats(slot: number): Float32Array {
    const { start, length } = this.#vector(slot, 4);
    return Float32Array.from({ length }, (_, i) => this.#file.buffer.readFloat32(start + 4 * i));
  }

  bytes(slot: number): Uint8Array {
    const { start, length } = this.#vector(slot, 1);
    return this.#file.bytes.subarray(start, start + length);
  }

  text(slot: number): string {
    return new TextDecoder().decode(this.bytes(slot));
  }

  tables(slot: number): Table[] {
    const { start, length } = this.#vector(slot, 4);
    return Array.from({ length }, (_, i) => this.#file.table(start + 4 * i + this.#file.buffer.readUint32(start + 4 * i)));
  }
}
