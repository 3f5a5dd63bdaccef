import { expect, test } from 'vitest';
import { readConfig } from '../../../compiler/config/read.ts';

const beside = (path: string) => ({ name: path, bytes: Buffer.from('{"mean":[1],"scale":[2]}') });
const read = (content: unknown) =>
  readConfig('sandglass.json', Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)), beside);

test('a whole config', () => {
  const config = {
    $schema: './docs/sandglass.schema.json',
    channels: ['vib_x', { name: 'temp', unit: '°C' }],
    time: 'datetime',
    rateHz: 1,
    window: 60,
    hop: 10,
    scaling: { method: 'minmax', range: [-1, 1] },
  };
  expect(read(config)).toEqual({
    channels: [
      { name: 'vib_x', unit: null },
      { name: 'temp', unit: '°C' },
    ],
    time: 'datetime',
    rateHz: 1,
    window: 60,
    hop: 10,
    scaling: { method: 'minmax', per: 'each', range: [-1, 1] },
  });
});

test.each([
  ['zscore', { method: 'zscore', per: 'each' }],
  ['minmax:all', { method: 'minmax', per: 'all' }],
  ['scaler.json', { method: 'given', center: [1], scale: [2], names: null, source: 'scaler.json' }],
])('scaling in a word: %s', (scaling, expected) => {
  expect(read({ scaling })).toEqual({ scaling: expected });
});

test.each([
  [{ chanels: ['a'] }, 'sandglass.json, key "chanels": is no key that sandglass knows\n  Did you mean "channels"?'],
  [{ channels: [{ name: 3 }] }, 'sandglass.json, key "channels[0].name": is 3; expected string'],
  [{ channels: [{ name: 'a', units: 'g' }] }, 'sandglass.json, key "channels[0].units": is no key that sandglass knows'],
  [{ channels: [] }, 'sandglass.json, key "channels": is []; expected at least one entry'],
  [{ window: 1.5 }, 'sandglass.json, key "window": is 1.5; expected a whole number'],
  [{ hop: 0 }, 'sandglass.json, key "hop": is 0; expected a number from 1 on'],
  [{ rateHz: -1 }, 'sandglass.json, key "rateHz": is -1; expected a number above 0'],
  [{ scaling: { method: 'zscor' } }, 'sandglass.json, key "scaling.method": is "zscor"; expected one of minmax, zscore, robust'],
  [{ scaling: 'zscor' }, 'scaling: is "zscor"; expected minmax, zscore, robust'],
  [{ scaling: 3 }, 'sandglass.json, key "scaling": is 3; expected string or object'],
  ['{ "window": 3, }', 'sandglass.json: is not JSON: '],
  [[], 'sandglass.json: is []; expected object'],
])('%j is explained at its key', (content, message) => {
  expect(() => read(content)).toThrow(message);
});
