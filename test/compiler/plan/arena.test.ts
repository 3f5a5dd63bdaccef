import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lowerBound, placeBuffers } from '../../../compiler/plan/arena.ts';

const buffer = fc
  .record({ bytes: fc.integer({ min: 1, max: 5000 }), first: fc.nat({ max: 12 }), length: fc.nat({ max: 6 }) })
  .map(({ bytes, first, length }) => ({ bytes, first, last: first + length }));

test('no two buffers that live at the same time overlap, and all are aligned to 16 bytes', () => {
  fc.assert(
    fc.property(fc.array(buffer, { maxLength: 20 }), (buffers) => {
      const { placed, bytes } = placeBuffers(buffers);
      expect(placed).toHaveLength(buffers.length);
      for (const a of placed) {
        expect(a.offset % 16).toBe(0);
        expect(a.offset + a.bytes).toBeLessThanOrEqual(bytes);
        const clashing = placed.filter(
          (b) =>
            b !== a && b.first <= a.last && a.first <= b.last && b.offset < a.offset + a.bytes && a.offset < b.offset + b.bytes,
        );
        expect(clashing).toEqual([]);
      }
      expect(bytes).toBeGreaterThanOrEqual(lowerBound(buffers));
    }),
  );
});

test('a chain of layers needs the two largest neighbours alone', () => {
  const widths = [640, 128, 128, 8, 128, 640];
  const buffers = widths.map((width, i) => ({ bytes: 2 * width, first: i, last: i + 1 }));
  expect(placeBuffers(buffers).bytes).toBe(2 * (640 + 128));
});
