import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseNumber } from '../../../compiler/calibrate/formats/number.ts';

function parse(text: string): number {
  const bytes = Buffer.from(`7${text}7`);
  return parseNumber(bytes, 1, bytes.length - 1);
}

test('a number is rounded as Number rounds it, to the last bit', () => {
  const shortest = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String);
  const written = fc.stringMatching(/^[+-]?(\d{1,25}\.?\d{0,25}|\.\d{1,25})([eE][+-]?\d{1,3})?$/);
  fc.assert(
    fc.property(fc.oneof(shortest, written), (text) => {
      expect(parse(text)).toBe(Number(text));
    }),
    { numRuns: 5000 },
  );
});

const noNumbers = [
  '',
  ' ',
  '.',
  '-',
  '+.',
  'e5',
  '1e',
  '1e+',
  '1.2.3',
  '1 2',
  '--1',
  '+-1',
  '0x10',
  '1_000',
  'nan',
  'inf',
  '1e5x',
];

test.each(noNumbers)('"%s" is no number', (text) => {
  expect(parse(text)).toBeNaN();
});

test('of any characters of numbers, exactly the decimal numbers are numbers', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.eE+- x') }), (text) => {
      const isNumber = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(text);
      expect(parse(text)).toBe(isNumber ? Number(text) : Number.NaN);
    }),
    { numRuns: 5000 },
  );
});
