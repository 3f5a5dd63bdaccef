import { crc32 as expected } from 'node:zlib';
import { expect, test } from 'vitest';
import { crc32 } from '../../../devices/journal/checksum.ts';

test('the checksum is the CRC-32 of zlib, at any place, length and seed', () => {
  const bytes = Uint8Array.from({ length: 80 }, (_, i) => (i * 151) ^ (i >> 2));
  for (let from = 0; from < 9; from++) {
    for (let to = from; to < 60; to++) expect(crc32(bytes, from, to, to * 77)).toBe(expected(bytes.subarray(from, to), to * 77));
  }
  expect(crc32(Buffer.from('123456789'), 0, 9, 0)).toBe(0xcbf43926);
});
