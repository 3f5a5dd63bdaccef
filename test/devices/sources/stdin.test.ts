import { spawnSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { quiet } from '../../../devices/log.ts';
import { ruleDefaults } from '../../../devices/sources/rule.ts';
import { StdinSource, type StdinOptions } from '../../../devices/sources/stdin.ts';
import { Collected, input } from './collect.ts';

const two = new Map([['pump', input(['a', 'b'])]]);

const sourceOf = (changes: Partial<StdinOptions>, stream: Readable): StdinSource =>
  new StdinSource(
    { ...ruleDefaults, artifact: 'pump', ...changes },
    two,
    { log: quiet, maxPayloadBytes: 100 },
    'stream.stdin',
    stream,
  );

/** What comes of a text, cut anywhere into chunks. */
async function readAll(changes: Partial<StdinOptions>, text: string, chunk = 7): Promise<Collected> {
  const bytes = Buffer.from(text);
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, i) => bytes.subarray(i * chunk, (i + 1) * chunk));
  const collected = new Collected();
  const source = sourceOf(changes, Readable.from(chunks));
  await source.start(collected);
  await source.ended;
  return collected;
}

const rows = [
  ['m', 1, 1, 2],
  ['m', 2, 3, 4],
];

test.each<readonly [string, Partial<StdinOptions>, string]>([
  ['JSON', { time: 't', sensorField: 'id' }, '{"a":1,"b":2,"t":1,"id":"m"}\n\n{"a":3,"b":4,"t":2,"id":"m"}'],
  ['arrays', { format: 'json-array', sensor: 'm', time: '0' }, '[1,1,2]\n[2,3,4]\n'],
  ['line protocol', { format: 'influx', sensorField: 'id' }, '# pumps\nx,id=m a=1,b=2 1000000000\nx,id=m a=3,b=4 2000000000\n'],
  ['numbers', { format: 'csv-line', sensor: 'm', time: '2', channels: { a: '0', b: '1' } }, '1,2,1\r\n3,4,2\r\n'],
  ['CSV with a header', { format: 'csv', time: 't', sensorField: 'id' }, 't,b,id,a\n1,2,m,1\n2,4,m,3'],
  [
    'parts',
    { format: 'influx', sensor: 'm', combine: true },
    'x a=1 1000000000\nx b=2 1000000000\nx a=3 2000000000\nx b=4 2000000000',
  ],
])('lines of %s', async (_, changes, text) => {
  for (const chunk of [1, 7, 1000]) {
    const collected = await readAll(changes, text, chunk);
    expect(collected.refusals).toEqual([]);
    expect(collected.rows).toEqual(rows);
  }
});

test('a line that is wrong, or too long, is refused with its number', async () => {
  const collected = await readAll({}, `{"a":1,"b":2}\nno\n{"a":"${'x'.repeat(200)}"}\n{"a":3,"b":4}`);
  expect(collected.rows).toEqual([
    ['stdin', null, 1, 2],
    ['stdin', null, 3, 4],
  ]);
  expect(collected.refusals).toEqual([
    ['malformed', 'stdin, line 2 is no JSON: "no"'],
    ['too-large', 'stdin, line 3'],
  ]);
});

test('a header that does not fit ends the source with its explanation', async () => {
  await expect(readAll({ format: 'csv' }, 'a,c\n1,2\n')).rejects.toThrow('stdin: has no column "b"');
});

test('frames have no lines', () => {
  expect(() => sourceOf({ format: 'f32' }, Readable.from([]))).toThrow('stream.stdin.format: is f32, which has no lines');
});

test('stopped while it waits, it ends', async () => {
  const stream = new Readable({ read() {} });
  const source = sourceOf({}, stream);
  const collected = new Collected();
  await source.start(collected);
  stream.push('{"a":1,"b":2}\n');
  await new Promise((resolve) => setTimeout(resolve, 20));
  await source.stop();
  await source.ended;
  expect(collected.samples).toHaveLength(1);
});

test('is the standard input of the process', () => {
  const script = `
    import { StdinSource } from './devices/sources/stdin.ts';
    import { ruleDefaults } from './devices/sources/rule.ts';
    import { quiet } from './devices/log.ts';
    const input = { channels: [{ name: 'a', unit: null }], channelCount: 1, rateHz: null, time: null };
    const source = new StdinSource({ ...ruleDefaults, artifact: 'p' }, new Map([['p', input]]), { log: quiet, maxPayloadBytes: 100 }, 'test');
    let sum = 0;
    await source.start({ take: ({ values }) => (sum += values[0]), refuse() {}, mark() {}, safe: async () => {} });
    await source.ended;
    console.log(sum);`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    input: '{"a":1}\n{"a":2}\n'.repeat(5000),
    encoding: 'utf8',
  });
  expect(stdout).toBe('15000\n');
});
