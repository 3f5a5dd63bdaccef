import { describe, expect, test } from 'vitest';
import { FrameBuilder, FrameError, readFrame } from '../../../devices/worker/frame.ts';
import { random } from '../../random.ts';

/** Two samples of one sensor with two channels, as the bytes stand in docs/worker.md. */
function small(): Uint8Array {
  const builder = new FrameBuilder('ad', 2);
  builder.add('p1', 2, Float32Array.of(1, NaN));
  builder.add('p1', null, Float32Array.of(-2, 0.5));
  return builder.take();
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('a frame is these bytes', () => {
  const head = '5347 01 00 0200 0100 02000000 0200 6164 0200 7031';
  const first = '0000 0000000000000040 0000803f 0000c07f';
  const second = '0000 000000000000f87f 000000c0 0000003f';
  expect(hex(small())).toBe((head + first + second).replaceAll(' ', ''));
});

test('what was added is read, in order; the builder begins anew', () => {
  const builder = new FrameBuilder('Pumpe ü', 3);
  const next = random(5);
  for (let round = 0; round < 3; round++) {
    const added = Array.from({ length: 200 }, (_, i) => ({
      sensor: `sensor ${next() % 40}`,
      time: i % 7 === 0 ? null : i / 3,
      values: Float32Array.from({ length: 3 }, () => next() / 2 ** 20),
    }));
    for (const { sensor, time, values } of added) builder.add(sensor, time, values);
    const { bytes } = builder;
    const data = builder.take();
    expect(data.length).toBe(bytes);
    const frame = readFrame(data);
    expect([frame.artifact, frame.channels, frame.samples]).toEqual(['Pumpe ü', 3, 200]);
    const values = new Float32Array(3);
    const found = added.map((_, i) => {
      frame.copyInto(i, values);
      return { sensor: frame.sensorOf(i), time: frame.timeOf(i), values: values.slice() };
    });
    expect(found).toEqual(added);
  }
});

describe('bytes of anybody', () => {
  const changed = (offset: number, ...values: number[]): Uint8Array => {
    const bytes = small();
    bytes.set(values, offset);
    return bytes;
  };
  test.each([
    ['nothing', new Uint8Array(0), 'has 0 bytes, and a frame at least 14'],
    ['another magic', changed(0, 1), 'does not begin as a frame does'],
    ['another version', changed(2, 9), 'is of version 9, and 1 is known'],
    ['no channels', changed(4, 0, 0), 'has no channels'],
    ['65,535 channels', changed(4, 255, 255), 'has 36 bytes for 2 samples of 262150 bytes'],
    ['more sensors than bytes', changed(6, 255, 255), 'has a name of 0 bytes at byte 22 of 56'],
    ['4,294,967,295 samples', changed(8, 255, 255, 255, 255), 'has 36 bytes for 4294967295 samples of 18 bytes'],
    ['a name beyond the end', changed(12, 0, 4), 'has a name of 1024 bytes at byte 14 of 56'],
    ['a name that is not UTF-8', changed(14, 0xff), 'has a name at byte 14 that is not UTF-8'],
    ['a sample of no sensor', changed(38, 1, 0), 'sample 1 is of sensor 1 of 1'],
    ['half of it', small().subarray(0, 30), 'has 10 bytes for 2 samples of 18 bytes'],
  ])('%s: refused with a reason', (_, bytes, reason) => {
    expect(() => readFrame(bytes)).toThrow(new FrameError(reason));
  });

  test('4,000 frames with bytes changed or cut off: read, or refused by a FrameError, never anything else', () => {
    const next = random(11);
    let refused = 0;
    for (let i = 0; i < 4000; i++) {
      const bytes = small();
      for (let n = 1 + (next() % 4); n > 0; n--) bytes[next() % bytes.length] = next();
      const data = next() % 4 === 0 ? bytes.subarray(0, next() % bytes.length) : bytes;
      try {
        const frame = readFrame(data);
        const values = new Float32Array(frame.channels);
        for (let s = 0; s < frame.samples; s++) frame.copyInto(s, values);
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
    expect(refused).toBeLessThan(4000);
  });
});
