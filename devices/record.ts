/** One score as it is published, the JSON of docs/score.schema.json. Times are ISO 8601 in UTC with milliseconds. */
export interface ScoreMessage {
  /** The gateway. */
  readonly node: string;
  /** The sensor. */
  readonly device: string;
  /** Changes when the gateway has lost what it knew; `seq` then begins again. Milliseconds since 1970 when it began. */
  readonly epoch: number;
  /** Of the messages of this device in this epoch: 1, 2, 3 ... A consumer that has seen it drops the message. */
  readonly seq: number;
  /** Of the newest sample in the window; null where samples come without time. */
  readonly time: string | null;
  /** When it was scored. */
  readonly scoredAt: string;
  /** null: the window holds what a sensor did not give. */
  readonly score: number | null;
  readonly threshold: number;
  /** Whether the alarm is on after this score. */
  readonly alarm: boolean;
  /** Channels that contributed most, the greatest first, with their share (0 to 1); there where the score is above the threshold. */
  readonly why?: readonly { readonly channel: string; readonly share: number }[];
  readonly artifact: { readonly name: string; readonly sha256: string };
}

/** What the spool keeps of a score: all that a sink needs. */
export interface OutRecord {
  readonly device: string;
  /** Whether the alarm went on or off with it. */
  readonly alarmChanged: boolean;
  /** UTF-8 of a ScoreMessage. */
  readonly json: Uint8Array;
}

const alarmFlag = 1;

/** Bytes: flags (1), length of the device's name (2, little-endian), its UTF-8, the JSON. */
export function encodeRecord(record: OutRecord): Uint8Array {
  const name = Buffer.from(record.device);
  const bytes = Buffer.allocUnsafe(3 + name.length + record.json.length);
  bytes.writeUInt8(record.alarmChanged ? alarmFlag : 0, 0);
  bytes.writeUInt16LE(name.length, 1);
  bytes.set(name, 3);
  bytes.set(record.json, 3 + name.length);
  return bytes;
}

/** What `encodeRecord` wrote; the spool's checksum stands for its being whole. */
export function decodeRecord(data: Uint8Array): OutRecord {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const end = 3 + bytes.readUInt16LE(1);
  return {
    device: bytes.toString('utf8', 3, end),
    alarmChanged: (bytes.readUInt8(0) & alarmFlag) !== 0,
    json: bytes.subarray(end),
  };
}
