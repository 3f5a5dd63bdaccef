// A frame is what one message of the samples stream holds: samples of one artifact and one partition, in the order in which they came.
// Little-endian:
//   u16 magic, u8 version, u8 0, u16 channels, u16 sensors, u32 samples, u16 bytes of the artifact's name, its UTF-8
//   each sensor: u16 bytes of its name, its UTF-8
//   each sample: u16 sensor, f64 seconds since 1970 (NaN: none), f32[channels]

const magic = 0x4753;
const version = 1;
const headBytes = 14;
const mostSensors = 0xffff;

/** Bytes of a sensor's or an artifact's name. */
export const maxNameBytes = 1024;

/** Samples as they lie in a message. */
export interface Frame {
  readonly artifact: string;
  readonly channels: number;
  readonly sensors: readonly string[];
  readonly samples: number;
  sensorOf(sample: number): string;
  /** null: it has none. */
  timeOf(sample: number): number | null;
  /** values: f32[channels] */
  copyInto(sample: number, values: Float32Array): void;
}

/** What is wrong with a message that is no frame, for the log. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Collects samples until `take` gives them as one message. */
export class FrameBuilder {
  samples = 0;
  readonly #artifact: Buffer;
  readonly #channels: number;
  readonly #ids = new Map<string, number>();
  readonly #names: Buffer[] = [];
  #nameBytes = 0;
  #body = Buffer.allocUnsafe(1024);

  constructor(artifact: string, channels: number) {
    this.#artifact = nameBytes(artifact);
    this.#channels = channels;
  }

  /** Of the message, as it is now. */
  get bytes(): number {
    return headBytes + this.#artifact.length + this.#nameBytes + this.samples * this.#stride;
  }

  get isFull(): boolean {
    return this.#names.length === mostSensors;
  }

  get #stride(): number {
    return 10 + 4 * this.#channels;
  }

  /** values: f32[channels] */
  add(sensor: string, time: number | null, values: Float32Array): void {
    const id = this.#ids.get(sensor) ?? this.#introduce(sensor);
    let at = this.samples++ * this.#stride;
    if (at + this.#stride > this.#body.length) {
      const larger = Buffer.allocUnsafe(2 * (at + this.#stride));
      this.#body.copy(larger, 0, 0, at);
      this.#body = larger;
    }
    this.#body.writeUInt16LE(id, at);
    this.#body.writeDoubleLE(time ?? NaN, at + 2);
    at += 10;
    for (let i = 0; i < this.#channels; i++, at += 4) this.#body.writeFloatLE(values[i] ?? NaN, at);
  }

  take(): Uint8Array {
    const bytes = Buffer.allocUnsafe(this.bytes);
    bytes.writeUInt16LE(magic, 0);
    bytes.writeUInt8(version, 2);
    bytes.writeUInt8(0, 3);
    bytes.writeUInt16LE(this.#channels, 4);
    bytes.writeUInt16LE(this.#names.length, 6);
    bytes.writeUInt32LE(this.samples, 8);
    bytes.writeUInt16LE(this.#artifact.length, 12);
    bytes.set(this.#artifact, headBytes);
    let at = headBytes + this.#artifact.length;
    for (const name of this.#names) {
      bytes.writeUInt16LE(name.length, at);
      bytes.set(name, at + 2);
      at += 2 + name.length;
    }
    this.#body.copy(bytes, at, 0, this.samples * this.#stride);
    this.#ids.clear();
    this.#names.length = 0;
    this.#nameBytes = 0;
    this.samples = 0;
    return bytes;
  }

  #introduce(sensor: string): number {
    const name = nameBytes(sensor);
    const id = this.#names.length;
    this.#names.push(name);
    this.#ids.set(sensor, id);
    this.#nameBytes += 2 + name.length;
    return id;
  }
}

function nameBytes(name: string): Buffer {
  const bytes = Buffer.from(name);
  if (bytes.length === 0 || bytes.length > maxNameBytes) {
    throw new Error(`internal: a name of ${bytes.length} bytes for a frame; 1 to ${maxNameBytes} are possible`);
  }
  return bytes;
}

/** Reads a message from anybody: each length is checked before it is used. Throws a FrameError. */
export function readFrame(data: Uint8Array): Frame {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (data.length < headBytes) throw new FrameError(`has ${data.length} bytes, and a frame at least ${headBytes}`);
  if (view.getUint16(0, true) !== magic) throw new FrameError('does not begin as a frame does');
  if (view.getUint8(2) !== version) throw new FrameError(`is of version ${view.getUint8(2)}, and ${version} is known`);
  const channels = view.getUint16(4, true);
  const samples = view.getUint32(8, true);
  if (channels === 0) throw new FrameError('has no channels');
  const names = new NameReader(data, view);
  const artifact = names.take(12, headBytes);
  let at = headBytes + names.length;
  const sensors = Array.from({ length: view.getUint16(6, true) }, () => {
    const name = names.take(at, at + 2);
    at += 2 + names.length;
    return name;
  });
  const stride = 10 + 4 * channels;
  if (data.length - at !== samples * stride) {
    throw new FrameError(`has ${data.length - at} bytes for ${samples} samples of ${stride} bytes`);
  }
  for (let i = 0, offset = at; i < samples; i++, offset += stride) {
    const sensor = view.getUint16(offset, true);
    if (sensor >= sensors.length) throw new FrameError(`sample ${i} is of sensor ${sensor} of ${sensors.length}`);
  }
  return {
    artifact,
    channels,
    sensors,
    samples,
    sensorOf: (sample) => sensors[view.getUint16(at + sample * stride, true)]!,
    timeOf(sample) {
      const time = view.getFloat64(at + sample * stride + 2, true);
      return time - time === 0 ? time : null;
    },
    copyInto(sample, values) {
      let offset = at + sample * stride + 10;
      for (let i = 0; i < channels; i++, offset += 4) values[i] = view.getFloat32(offset, true);
    },
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

class NameReader {
  /** Bytes of the last name. */
  length = 0;
  readonly #data: Uint8Array;
  readonly #view: DataView;

  constructor(data: Uint8Array, view: DataView) {
    this.#data = data;
    this.#view = view;
  }

  /** The name at `begin`, whose length is said at `lengthAt`. */
  take(lengthAt: number, begin: number): string {
    if (lengthAt + 2 > this.#data.length) throw new FrameError(`ends at byte ${this.#data.length}, within a name`);
    this.length = this.#view.getUint16(lengthAt, true);
    const end = begin + this.length;
    if (this.length === 0 || this.length > maxNameBytes || end > this.#data.length) {
      throw new FrameError(`has a name of ${this.length} bytes at byte ${begin} of ${this.#data.length}`);
    }
    try {
      return utf8.decode(this.#data.subarray(begin, end));
    } catch (cause) {
      throw new FrameError(`has a name at byte ${begin} that is not UTF-8`, { cause });
    }
  }
}
