/** What happened in one turn, as the journal keeps it; replayed in order it makes the same state again. */
export type JournalRecord =
  | { readonly kind: 'sensor'; readonly id: number; readonly artifact: string; readonly sensor: string }
  | { readonly kind: 'sample'; readonly id: number; readonly time: number | null; readonly values: Float32Array }
  | {
      readonly kind: 'series';
      readonly id: number;
      readonly first: number | null;
      readonly step: number;
      readonly values: Float32Array;
    }
  | { readonly kind: 'mark' | 'mark-more'; readonly source: string; readonly position: string }
  | { readonly kind: 'removed'; readonly id: number };

const kinds = { sensor: 1, sample: 2, mark: 3, removed: 4, 'mark-more': 5, series: 6 } as const;

/** Collects the records of a turn as bytes, without an object for each: 30,000 samples come in a second. */
export class JournalWriter {
  #bytes = Buffer.allocUnsafe(2 ** 16);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** u8 kind, u32 id, u16 length, JSON of artifact and sensor */
  sensor(id: number, artifact: string, sensor: string): void {
    const text = Buffer.from(JSON.stringify([artifact, sensor]));
    const at = this.#take(7 + text.length);
    this.#bytes.writeUInt8(kinds.sensor, at);
    this.#bytes.writeUInt32LE(id, at + 1);
    this.#bytes.writeUInt16LE(text.length, at + 5);
    text.copy(this.#bytes, at + 7);
  }

  /** u8 kind, u32 id, f64 time (NaN: none), u16 length, f32 values */
  sample(id: number, time: number | null, values: Float32Array): void {
    const at = this.#take(15 + 4 * values.length);
    this.#bytes.writeUInt8(kinds.sample, at);
    this.#bytes.writeUInt32LE(id, at + 1);
    this.#bytes.writeDoubleLE(time ?? NaN, at + 5);
    this.#bytes.writeUInt16LE(values.length, at + 13);
    this.#bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at + 15);
  }

  /** u8 kind, u32 id, f64 first time (NaN: none), f64 step, u32 length, f32 values */
  series(id: number, first: number | null, step: number, values: Float32Array): void {
    const at = this.#take(25 + 4 * values.length);
    this.#bytes.writeUInt8(kinds.series, at);
    this.#bytes.writeUInt32LE(id, at + 1);
    this.#bytes.writeDoubleLE(first ?? NaN, at + 5);
    this.#bytes.writeDoubleLE(step, at + 13);
    this.#bytes.writeUInt32LE(values.length, at + 21);
    this.#bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at + 25);
  }

  /** u8 kind, u16 length, JSON of source and position */
  mark(kind: 'mark' | 'mark-more', source: string, position: string): void {
    const text = Buffer.from(JSON.stringify([source, position]));
    const at = this.#take(3 + text.length);
    this.#bytes.writeUInt8(kinds[kind], at);
    this.#bytes.writeUInt16LE(text.length, at + 1);
    text.copy(this.#bytes, at + 3);
  }

  /** u8 kind, u32 id */
  removed(id: number): void {
    const at = this.#take(5);
    this.#bytes.writeUInt8(kinds.removed, at);
    this.#bytes.writeUInt32LE(id, at + 1);
  }

  /** The bytes since the last call; valid until the next record. */
  take(): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return bytes;
  }

  #take(bytes: number): number {
    const at = this.#length;
    this.#length += bytes;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * this.#length);
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at;
  }
}

/** The records of a turn in order. The journal's checksum stands for their being whole. */
export function* readJournalRecords(data: Uint8Array): Generator<JournalRecord> {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  while (at < bytes.length) {
    const kind = bytes.readUInt8(at);
    switch (kind) {
      case kinds.sensor: {
        const end = at + 7 + bytes.readUInt16LE(at + 5);
        const [artifact, sensor] = pairOf(bytes, at + 7, end);
        yield { kind: 'sensor', id: bytes.readUInt32LE(at + 1), artifact, sensor };
        at = end;
        break;
      }
      case kinds.sample: {
        const count = bytes.readUInt16LE(at + 13);
        const values = valuesOf(bytes, at + 15, count);
        yield { kind: 'sample', id: bytes.readUInt32LE(at + 1), time: timeOf(bytes, at + 5), values };
        at += 15 + 4 * count;
        break;
      }
      case kinds.series: {
        const count = bytes.readUInt32LE(at + 21);
        const [first, step] = [timeOf(bytes, at + 5), bytes.readDoubleLE(at + 13)];
        yield { kind: 'series', id: bytes.readUInt32LE(at + 1), first, step, values: valuesOf(bytes, at + 25, count) };
        at += 25 + 4 * count;
        break;
      }
      case kinds.mark:
      case kinds['mark-more']: {
        const end = at + 3 + bytes.readUInt16LE(at + 1);
        const [source, position] = pairOf(bytes, at + 3, end);
        yield { kind: kind === kinds.mark ? 'mark' : 'mark-more', source, position };
        at = end;
        break;
      }
      case kinds.removed:
        yield { kind: 'removed', id: bytes.readUInt32LE(at + 1) };
        at += 5;
        break;
      default:
        throw new Error(`internal: the journal has a record of kind ${kind}`);
    }
  }
}

const pairOf = (bytes: Buffer, from: number, to: number): [string, string] =>
  JSON.parse(bytes.toString('utf8', from, to)) as [string, string];

const valuesOf = (bytes: Buffer, at: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => bytes.readFloatLE(at + 4 * i));

function timeOf(bytes: Buffer, at: number): number | null {
  const time = bytes.readDoubleLE(at);
  return Number.isNaN(time) ? null : time;
}
