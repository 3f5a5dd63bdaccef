import { describe, expect, test } from 'vitest';
import { input } from '../collect.ts';
import { read } from './read.ts';

/** Little-endian numbers behind a header. */
function frame(header: Uint8Array, kind: 'f32' | 'int16', values: readonly number[]): Uint8Array {
  const size = kind === 'f32' ? 4 : 2;
  // One byte in front, so that nothing is aligned.
  const buffer = new Uint8Array(1 + header.length + size * values.length);
  buffer.set(header, 1);
  const view = new DataView(buffer.buffer);
  values.forEach((value, i) => {
    const at = 1 + header.length + i * size;
    if (kind === 'f32') view.setFloat32(at, value, true);
    else view.setInt16(at, value, true);
  });
  return buffer.subarray(1);
}

const none = new Uint8Array(0);

const header = (write: (view: DataView) => void): Uint8Array => {
  const view = new DataView(new ArrayBuffer(8));
  write(view);
  return new Uint8Array(view.buffer);
};

describe('frames', () => {
  test('f32: samples of channels side by side; NaN and Infinity are missing', () => {
    expect(read({ format: 'f32' }, frame(none, 'f32', [1, -2.5, Infinity, 4])).rows).toEqual([
      ['p1', null, 1, -2.5],
      ['p1', null, NaN, 4],
    ]);
  });

  test('int16: numbers times a scale plus an offset, per channel', () => {
    const scaled = { format: 'int16', scale: [0.5, 2], offset: [0, 100] } as const;
    expect(read(scaled, frame(none, 'int16', [-3, 7, 32767, -32768])).rows).toEqual([
      ['p1', null, -1.5, 114],
      ['p1', null, 16383.5, -65436],
    ]);
    const swapped = { ...scaled, channels: { vib: '2', temp: '0' }, columns: 3 };
    expect(read(swapped, frame(none, 'int16', [1, 9, 4])).rows).toEqual([['p1', null, 2, 102]]);
  });

  test.each([
    ['f64', header((view) => view.setFloat64(0, 1_600_000_000.25, true))],
    ['ms', header((view) => view.setBigUint64(0, 1_600_000_000_250n, true))],
    ['us', header((view) => view.setBigUint64(0, 1_600_000_000_250_000n, true))],
    ['ns', header((view) => view.setBigUint64(0, 1_600_000_000_250_000_000n, true))],
  ] as const)('a header %s says when the first sample was; the others follow at the rate', (kind, front) => {
    const { rows } = read(
      { format: 'int16', header: kind },
      frame(front, 'int16', [1, 2, 3, 4, 5, 6]),
      input(['vib', 'temp'], 4),
    );
    expect(rows).toEqual([
      ['p1', 1_600_000_000.25, 1, 2],
      ['p1', 1_600_000_000.5, 3, 4],
      ['p1', 1_600_000_000.75, 5, 6],
    ]);
  });

  test.each([
    [{ format: 'f32' }, none, 'has 0 bytes; expected a multiple of 8'],
    [{ format: 'f32' }, new Uint8Array(12), 'has 12 bytes; expected a multiple of 8'],
    [{ format: 'int16', header: 'ns', rateHz: 4 }, new Uint8Array(8), 'has 8 bytes; expected 8 and a multiple of 4'],
    [{ format: 'int16', header: 'f64', rateHz: 4 }, new Uint8Array(12).fill(255), 'begins with the time NaN s'],
  ] as const)('%j: a frame of the wrong size or time is refused', (changes, payload, refusal) => {
    expect(read(changes, payload)).toEqual({ rows: [], refusals: [`malformed: t/p1 ${refusal}`] });
  });
});
