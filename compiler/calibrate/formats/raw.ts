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
  const data = Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  return { data, columns: null, names: null, rowName: (row) => `value ${row}` };
}
