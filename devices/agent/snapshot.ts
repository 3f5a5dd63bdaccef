import type { SavedSensor } from '../scoring/pool.ts';

/** All that the agent knows at the end of a turn. */
export interface Snapshot {
  readonly epoch: number;
  /** Position that the spool's next record had. */
  readonly spoolNext: number;
  /** Position of the journal's first record that is not in it. */
  readonly journalNext: number;
  readonly marks: readonly (readonly [source: string, position: string])[];
  readonly artifacts: readonly {
    readonly name: string;
    readonly sha256: string;
    /** `pipelineOf`: windows fit into an artifact of the same one. */
    readonly pipeline: string;
    readonly sensors: readonly SavedSensor[];
  }[];
}

const version = 1;

/** Length of the JSON (u32), the JSON without windows and states, then those one after the other. */
export function encodeSnapshot(snapshot: Snapshot): Uint8Array {
  const sensors = snapshot.artifacts.flatMap((artifact) => artifact.sensors);
  const head = Buffer.from(
    JSON.stringify({
      version,
      ...snapshot,
      artifacts: snapshot.artifacts.map((artifact) => ({
        ...artifact,
        sensors: artifact.sensors.map(({ window: { values, ...window }, state, ...rest }) => ({
          ...rest,
          window,
          valueCount: values.length,
          stateBytes: state.length,
        })),
      })),
    }),
  );
  const bodyBytes = sensors.reduce((sum, { window, state }) => sum + window.values.byteLength + state.length, 0);
  const bytes = Buffer.alloc(4 + head.length + bodyBytes);
  bytes.writeUInt32LE(head.length, 0);
  bytes.set(head, 4);
  let at = 4 + head.length;
  for (const { window, state } of sensors) {
    const { buffer, byteOffset, byteLength } = window.values;
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    bytes.set(state, at + byteLength);
    at += byteLength + state.length;
  }
  return bytes;
}

type StoredSensor = Omit<SavedSensor, 'window' | 'state'> & {
  readonly window: Omit<SavedSensor['window'], 'values'>;
  readonly valueCount: number;
  readonly stateBytes: number;
};

/** What `encodeSnapshot` wrote; null: it is of another version. Its checksum stands for its being whole. */
export function decodeSnapshot(bytes: Uint8Array): Snapshot | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = 4 + view.getUint32(0, true);
  // Written by this program and checked: the one place where its form is taken for granted.
  const head = JSON.parse(Buffer.from(bytes.subarray(4, end)).toString()) as Omit<Snapshot, 'artifacts'> & {
    readonly version: number;
    readonly artifacts: readonly (Omit<Snapshot['artifacts'][number], 'sensors'> & {
      readonly sensors: readonly StoredSensor[];
    })[];
  };
  if (head.version !== version) return null;
  let at = end;
  const take = (count: number): Uint8Array<ArrayBuffer> => new Uint8Array(bytes.subarray(at, (at += count)));
  const { version: _, artifacts, ...rest } = head;
  return {
    ...rest,
    artifacts: artifacts.map((artifact) => ({
      ...artifact,
      sensors: artifact.sensors.map(({ window, valueCount, stateBytes, ...sensor }) => ({
        ...sensor,
        window: { ...window, values: new Float32Array(take(4 * valueCount).buffer) },
        state: take(stateBytes),
      })),
    })),
  };
}
