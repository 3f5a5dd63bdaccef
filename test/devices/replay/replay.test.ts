import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { Pace } from '../../../devices/replay/pace.ts';
import { openRecording } from '../../../devices/replay/recording.ts';
import { replay, replayDefaults, type ReplayOptions } from '../../../devices/replay/replay.ts';
import { isoOf, moved } from '../../../devices/replay/times.ts';
import type { FormatName } from '../../../devices/sources/payload/index.ts';
import { Collected, decoder, input, rule } from '../sources/collect.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const plant =
  'datetime,machine,vib,temp\n2020-09-13 12:26:40,m1,1,20\n2020-09-13 12:26:40.5,m2,2,\n2020-09-13 12:26:41,m1,3,22\n';

/** What is published of a recording, each with the time at which it was, by a clock that runs only while it waits. */
async function published(path: string, changes: Partial<ReplayOptions> = {}) {
  let now = 1e12;
  const messages: { readonly at: number; readonly topic: string; readonly payload: Uint8Array }[] = [];
  const clock = {
    now: () => now,
    wait: async (milliseconds: number): Promise<void> => {
      now += milliseconds;
    },
  };
  const publisher = {
    publish: async (topic: string, payload: Uint8Array): Promise<void> => {
      messages.push({ at: now - 1e12, topic, payload });
    },
  };
  const result = await replay(
    await openRecording(path),
    { ...replayDefaults, ...changes },
    publisher,
    clock,
    new AbortController().signal,
  );
  return {
    messages,
    result,
    texts: messages.map(({ at, topic, payload }) => [at, topic, Buffer.from(payload).toString()] as const),
  };
}

describe('a recording is published', () => {
  const path = file('plant.csv', plant);

  test('at its own speed, with its own times, a topic per sensor', async () => {
    const { texts } = await published(path, { sensor: 'machine', topic: 'site/{sensor}/x' });
    expect(texts).toEqual([
      [0, 'site/m1/x', '{"datetime":"2020-09-13 12:26:40","vib":1,"temp":20}'],
      [500, 'site/m2/x', '{"datetime":"2020-09-13 12:26:40.5","vib":2,"temp":null}'],
      [1000, 'site/m1/x', '{"datetime":"2020-09-13 12:26:41","vib":3,"temp":22}'],
    ]);
  });

  test('faster, by columns that the topic names, and only some of them', async () => {
    const { texts } = await published(path, { speed: 10, topic: 'p/{machine}', columns: ['temp'] });
    expect(texts.map(([at, topic]) => [at, topic])).toEqual([
      [0, 'p/m1'],
      [50, 'p/m2'],
      [100, 'p/m1'],
    ]);
    expect(texts[2]![2]).toBe('{"datetime":"2020-09-13 12:26:41","temp":22}');
  });

  test('again and again, while times go on', async () => {
    const { texts } = await published(path, { loops: 3, columns: ['vib'] });
    expect(texts.map(([at, , text]) => [at, text])).toEqual([
      [0, '{"datetime":"2020-09-13 12:26:40","vib":1}'],
      [500, '{"datetime":"2020-09-13 12:26:40.5","vib":2}'],
      [1000, '{"datetime":"2020-09-13 12:26:41","vib":3}'],
      [1500, '{"datetime":"2020-09-13T12:26:41.500Z","vib":1}'],
      [2000, '{"datetime":"2020-09-13T12:26:42.000Z","vib":2}'],
      [2500, '{"datetime":"2020-09-13T12:26:42.500Z","vib":3}'],
      [3000, '{"datetime":"2020-09-13T12:26:43.000Z","vib":1}'],
      [3500, '{"datetime":"2020-09-13T12:26:43.500Z","vib":2}'],
      [4000, '{"datetime":"2020-09-13T12:26:44.000Z","vib":3}'],
    ]);
    expect(texts[0]![1]).toBe('sensors/plant');
  });

  test('without times, at a rate of each sensor from now on', async () => {
    const { texts } = await published(file('a.csv', 'id,x\na,1\nb,2\na,3\nb,4\n'), { sensor: 'id', rateHz: 4 });
    expect(texts).toEqual([
      [0, 'sensors/a', '{"time":"2001-09-09T01:46:40.000Z","x":1}'],
      [0, 'sensors/b', '{"time":"2001-09-09T01:46:40.000Z","x":2}'],
      [250, 'sensors/a', '{"time":"2001-09-09T01:46:40.250Z","x":3}'],
      [250, 'sensors/b', '{"time":"2001-09-09T01:46:40.250Z","x":4}'],
    ]);
  });

  test('as fast as possible, zipped', async () => {
    const zipped = file('z.csv.gz', gzipSync(plant));
    const { texts, result } = await published(zipped, { speed: Infinity, sensor: 'machine' });
    expect(texts.map(([at]) => at)).toEqual([0, 0, 0]);
    expect(result).toEqual({ messages: 3, behindMs: 0 });
  });

  test.each<readonly [ReplayOptions['format'], Parameters<typeof rule>[1]]>([
    ['json-object', { time: 'datetime' }],
    ['json-array', { time: '0' }],
    ['csv-line', { time: '0' }],
    ['influx', {}],
    ['f32', { header: 'f64', rateHz: 1 }],
  ])('as %s, which a rule of that format reads as it was', async (format, changes) => {
    const { messages } = await published(path, { format, sensor: 'machine' });
    const reader = decoder(input(['vib', 'temp']), [
      rule('sensors/{sensor}', { format: format satisfies FormatName, ...changes }),
    ]);
    const collected = new Collected();
    for (const { topic, payload } of messages) reader.receive(topic, payload, 0, collected);
    expect(collected.refusals).toEqual([]);
    expect(collected.rows).toEqual([
      ['m1', 1600000000, 1, 20],
      ['m2', 1600000000.5, 2, NaN],
      ['m1', 1600000001, 3, 22],
    ]);
  });
});

test.each<readonly [string, string, Partial<ReplayOptions>, string]>([
  ['no header', '1,2\n', {}, 'has no header'],
  ['no rows', 'time,x\n', {}, 'has no rows'],
  ['no time', 'x,y\n1,2\n', {}, 'has no column of time; its header names x, y\n  Say which it is with --time'],
  ['a wrong column', 'time,x\n1,2\n', { sensor: 'machin' }, 'has no column "machin"'],
  ['a wrong level', 'time,machine\n1,2\n', { topic: 'a/{machne}' }, 'has no column "machne"\n  Did you mean machine?'],
  ['a wildcard', 'time,x\n1,2\n', { topic: 'a/+/{sensor}' }, 'has a wildcard'],
  ['a sensor that is no level', 'time,m,x\n1,a/b,1\n', { sensor: 'm' }, 'row 2: names a sensor that is no level of a topic'],
  ['a time that is none', 'time,x\n1,1\nnoon,2\n', {}, 'row 3, time: is "noon"; expected a time'],
  ['a short row', 'time,x\n1\n', {}, 'row 2: has 1 columns; the header has 2'],
])('%s is explained', async (_, content, changes, message) => {
  await expect(published(file('bad.csv', content), changes)).rejects.toThrow(message);
});

test('what the broker does not take ends the replay', async () => {
  const recording = await openRecording(file('b.csv', 'time,x\n1,1\n2,2\n'));
  const publisher = { publish: () => Promise.reject(new Error('not authorised')) };
  const clock = { now: () => 0, wait: async () => {} };
  await expect(replay(recording, replayDefaults, publisher, clock, new AbortController().signal)).rejects.toThrow(
    'not authorised',
  );
});

test('a pace never goes back, whatever the times do', () => {
  const pace = new Pace(2);
  expect([100, 101, 99, 103].map((time) => pace.due(time))).toEqual([0, 500, 500, 1500]);
  pace.again();
  expect(pace.shift).toBe(3 + 2);
  expect(pace.due(100)).toBe(2500);
});

test('a time that is moved stays as it was written', () => {
  expect(moved('2020-09-13 12:26:40', 0)).toBe('2020-09-13 12:26:40');
  expect(moved('1600000000.5', 1)).toBe(1600000001.5);
  expect(moved('1600000000500', 1)).toBe(1600000001500);
  expect(moved('2020-09-13T12:26:40.000050Z', 1)).toBe('2020-09-13T12:26:41.000050Z');
  expect(isoOf(-0.5)).toBe('1969-12-31T23:59:59.500Z');
});
