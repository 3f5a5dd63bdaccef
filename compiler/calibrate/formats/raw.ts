import { InputError } from '../../error.ts';
import type { Table } from './table.ts';

/** Raw little-endian f32: a stream of values. */
export function readRaw(name: string, bytes: Uint8Array): Table {
  if (bytes.length % 4 !== 0) {
    throw new InputError({
      where: name,
      what: `has ${bytes.length} bytes; raw f32 data has 4 bytes per value`,
      hint: 'Write the values as little-endian float32, or give CSV or .npy.',
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const data = new Float32Array(bytes.length / 4);
  for (let i = 0; i < data.length; i++) data[i] = view.getFloat32(4 * i, true);
  return { data, columns: null, names: null, beside: new Map(), rowName: (row) => `value ${row} (counted from 0)` };
}
