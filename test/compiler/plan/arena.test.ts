import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lowerBound, placeBuffers } from '../../../compiler/plan/arena.ts';
import { drawArena } from '../../../compiler/plan/draw.ts';

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

test('the picture: addresses down, steps to the right, scratch memory as #', () => {
  const buffers = [
    { name: 'x', bytes: 128, first: 0, last: 1, offset: 0 },
    { name: null, bytes: 64, first: 1, last: 1, offset: 128 },
    { name: 'y', bytes: 64, first: 2, last: 3, offset: 128 },
  ];
  expect(drawArena({ bytes: 192, lowerBound: 192, buffers })).toEqual([
    '192 bytes, the least possible is 192 (0.0 % above)',
    ...[0, 16, 32, 48, 64, 80, 96, 112].map((address) => `${String(address).padStart(3)} aa..`),
    ...[128, 144, 160, 176].map((address) => `${address} .#bb`),
    'a x: 128 bytes, steps 0 to 1',
    'b y: 64 bytes, steps 2 to 3',
  ]);
});
