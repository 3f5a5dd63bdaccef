import { readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Clock } from '../../../devices/journal/clock.ts';
import type { Consumer, Spool } from '../../../devices/spool/define.ts';
import { segmentBytesOf } from '../../../devices/spool/options.ts';
import { openSpool } from '../../../devices/spool/spool.ts';
import { emptyFolder } from '../journal/folder.ts';
import { dataAt } from './data-at.ts';

function append(spool: Spool, count: number): void {
  spool.append(Array.from({ length: count }, (_, i) => dataAt(spool.next + i)));
}

/** Positions of what a consumer gets from its cursor on, whose data is checked. */
function positions(consumer: Consumer, most = 1_000_000): number[] {
  return consumer.read(consumer.position, most).map(({ position, data }) => {
    expect(data).toEqual(dataAt(position));
    return position;
  });
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

const segmentBytes = (folder: string): number =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.seg'))
    .reduce((sum, name) => sum + readFileSync(join(folder, name)).length, 0);

test('two consumers read on their own, and go on where they were after a restart', async () => {
  const folder = emptyFolder();
  const spool = openSpool({ folder });
  const [fast, slow] = [spool.consumer('fast'), spool.consumer('slow')];
  append(spool, 10);
  expect(positions(fast)).toEqual(range(0, 10));
  fast.acknowledge(8);
  slow.acknowledge(3);
  slow.acknowledge(2);
  expect(spool.stats).toMatchObject({ records: 7, dropped: 0, problem: null });
  await spool.close();
  const again = openSpool({ folder });
  expect(again.next).toBe(10);
  expect(positions(again.consumer('fast'))).toEqual([8, 9]);
  expect(positions(again.consumer('slow'))).toEqual(range(3, 10));
  await again.close();
});

test('a new consumer begins at what is appended next; one that is let go of keeps nothing', async () => {
  const spool = openSpool({ folder: emptyFolder(), maxBytes: 65_536 });
  spool.consumer('old');
  append(spool, 100);
  const late = spool.consumer('late');
  expect(late.position).toBe(100);
  append(spool, 5);
  expect(positions(late)).toEqual(range(100, 105));
  expect(spool.stats.records).toBe(105);
  spool.keepOnly(['late']);
  expect(spool.stats.records).toBe(5);
  expect(spool.stats.bytes).toBeLessThan(segmentBytesOf({ maxBytes: 65_536, maxAgeSeconds: 1 }) + 1);
  await spool.close();
});

test('a consumer that was made is known to the next process, though nothing was acknowledged and the process was killed', async () => {
  const folder = emptyFolder();
  const spool = openSpool({ folder });
  spool.consumer('sink');
  append(spool, 4);
  const cursors = readFileSync(join(folder, 'cursors'), 'utf8');
  await spool.close();
  writeFileSync(join(folder, 'cursors'), cursors);
  const again = openSpool({ folder });
  expect(positions(again.consumer('sink'))).toEqual([0, 1, 2, 3]);
  await again.close();
});

test.each([
  ['gone', null],
  ['empty', ''],
  ['torn', '[["sink",7]]\n12'],
])('the file of cursors is %s: all that is there is delivered again', async (_, content) => {
  const folder = emptyFolder();
  const spool = openSpool({ folder });
  spool.consumer('sink');
  append(spool, 10);
  spool.consumer('sink').acknowledge(7);
  await spool.close();
  if (content === null) rmSync(join(folder, 'cursors'));
  else writeFileSync(join(folder, 'cursors'), content);
  const again = openSpool({ folder });
  const sink = again.consumer('sink');
  sink.acknowledge(10);
  again.keepOnly(['sink', 'other']);
  expect(positions(again.consumer('other'))).toEqual(range(0, 10));
  expect(again.consumer('third').position).toBe(10);
  await again.close();
});

test('the machine stopped after a cursor was on the medium and before the records were: positions go on behind it', async () => {
  const folder = emptyFolder();
  const spool = openSpool({ folder });
  const [fast, slow] = [spool.consumer('fast'), spool.consumer('slow')];
  append(spool, 5);
  slow.acknowledge(3);
  const before = readFileSync(join(folder, '000000000000.seg'));
  append(spool, 5);
  fast.acknowledge(10);
  await spool.close();
  writeFileSync(join(folder, '000000000000.seg'), before);
  const again = openSpool({ folder });
  expect(again.next).toBe(10);
  expect(again.stats.dropped).toBe(5);
  append(again, 2);
  expect(positions(again.consumer('fast'))).toEqual([10, 11]);
  expect(positions(again.consumer('slow'))).toEqual([3, 4, 10, 11]);
  expect(again.stats.records).toBe(4);
  await again.close();
});

test("what is acknowledged after the end does not touch the folder, which may be another process's", async () => {
  const folder = emptyFolder();
  const spool = openSpool({ folder, cursorMs: 1 });
  const sink = spool.consumer('sink');
  append(spool, 3);
  await spool.close();
  sink.acknowledge(3);
  await sleep(10);
  const again = openSpool({ folder });
  expect(again.consumer('sink').position).toBe(0);
  await again.close();
});

test('listeners hear of appended records, once a turn, until they end', async () => {
  const spool = openSpool({ folder: emptyFolder() });
  const sink = spool.consumer('sink');
  let heard = 0;
  const end = sink.onAppended(() => heard++);
  append(spool, 1);
  append(spool, 1);
  expect(heard).toBe(0);
  await sleep(0);
  expect(heard).toBe(1);
  append(spool, 1);
  await sleep(0);
  expect(heard).toBe(2);
  end();
  append(spool, 1);
  await sleep(0);
  expect(heard).toBe(2);
  await spool.close();
});

test('70,000 records wait and all are delivered, in order, after a restart in between', async () => {
  const folder = emptyFolder();
  const spool = openSpool({ folder });
  spool.consumer('sink');
  for (let i = 0; i < 70; i++) append(spool, 1000);
  await spool.close();
  const again = openSpool({ folder });
  const sink = again.consumer('sink');
  expect(again.stats.records).toBe(70_000);
  let expected = 0;
  for (let entries = sink.read(0, 777); entries.length > 0; entries = sink.read(sink.position, 777)) {
    for (const { position, data } of entries) {
      // Not by expect: 70,000 of them take seconds.
      if (position !== expected || !dataAt(position).equals(data)) throw new Error(`${position} instead of ${expected}`);
      expected++;
    }
    sink.acknowledge(expected);
  }
  expect(expected).toBe(70_000);
  expect(again.stats).toMatchObject({ records: 0, dropped: 0 });
  await again.close();
});

test('maxBytes: never more on disk, the oldest go, and what is left and what was dropped make up all', async () => {
  const folder = emptyFolder();
  const maxBytes = 65_536;
  const spool = openSpool({ folder, maxBytes });
  const sink = spool.consumer('sink');
  const half = spool.consumer('half');
  for (let i = 0; i < 200; i++) {
    append(spool, 1 + (i % 13));
    half.acknowledge(spool.next - 1);
    expect(spool.stats.bytes).toBeLessThanOrEqual(maxBytes);
  }
  expect(segmentBytes(folder)).toBe(spool.stats.bytes);
  const { dropped, records, bytes } = spool.stats;
  expect(dropped).toBeGreaterThan(100);
  expect(dropped + records).toBe(spool.next);
  expect(bytes).toBeGreaterThan(maxBytes - 2 * segmentBytesOf({ maxBytes, maxAgeSeconds: 1 }));
  expect(sink.position).toBe(dropped);
  expect(positions(sink)).toEqual(range(dropped, spool.next));
  // The acknowledgement of what is dropped by now changes nothing.
  sink.acknowledge(dropped - 5);
  expect(sink.position).toBe(dropped);
  await spool.close();
  const again = openSpool({ folder, maxBytes });
  expect(again.consumer('sink').position).toBe(dropped);
  expect(again.stats).toMatchObject({ records, dropped: 0 });
  await again.close();
});

class FakeClock implements Clock {
  ms = 0;
  wallOffsetMs = Date.UTC(2026, 5, 1);
  steadyMs = (): number => this.ms;
  wallMs = (): number => this.wallOffsetMs + this.ms;
}

test('maxAgeSeconds: records go when they are that old, an eighth later at most, counted, by the clock that no one sets', async () => {
  const folder = emptyFolder();
  const clock = new FakeClock();
  const options = { folder, clock, maxAgeSeconds: 800 };
  const spool = openSpool(options);
  const sink = spool.consumer('sink');
  for (let second = 0; second < 2000; second += 10) {
    clock.ms = 1000 * second;
    // As NTP sets it: no record is older for it.
    if (second === 400) clock.wallOffsetMs += 9e9;
    append(spool, 1);
    const oldest = 10 * sink.position;
    expect(second - oldest).toBeLessThanOrEqual(910);
    expect(oldest === 0 || second - oldest > 790).toBe(true);
    expect(spool.stats.dropped).toBe(sink.position);
  }
  expect(positions(sink)).toEqual(range(spool.stats.dropped, 200));
  // Nothing is appended any more.
  clock.ms += 801_000;
  append(spool, 1);
  expect(positions(sink)).toEqual([200]);
  expect(spool.stats).toMatchObject({ dropped: 200, records: 1 });
  await spool.close();
});

test('age goes on while no process runs; a clock that is not set yet, or back, throws nothing away', async () => {
  const folder = emptyFolder();
  const clock = new FakeClock();
  const open = (): Spool => openSpool({ folder, clock, maxAgeSeconds: 800 });
  const spool = open();
  spool.consumer('sink');
  clock.ms = 100;
  append(spool, 3);
  clock.ms += 101_000;
  append(spool, 3);
  await spool.close();
  const at = clock.wallOffsetMs;
  // When records were written the next process knows by the times of the files, which this clock does not make.
  utimesSync(join(folder, '000000000000.seg'), at / 1000, at / 1000);
  utimesSync(join(folder, '000000000003.seg'), (at + clock.ms) / 1000, (at + clock.ms) / 1000);
  const countAfter = async (wallMs: number): Promise<number> => {
    clock.wallOffsetMs = wallMs;
    const again = open();
    const { records } = again.stats;
    await again.close();
    return records;
  };
  expect(await countAfter(at + 650_000)).toBe(6);
  expect(await countAfter(0)).toBe(6);
  expect(await countAfter(at - 9e9)).toBe(6);
  expect(await countAfter(at + 750_000)).toBe(3);
  expect(await countAfter(at + 850_000)).toBe(0);
});

test('damage in the middle: a consumer gets the rest, and the count says how much it did not get', async () => {
  const folder = emptyFolder();
  const spool = openSpool({ folder, maxBytes: 65_536 });
  spool.consumer('sink');
  append(spool, 120);
  await spool.close();
  const name = readdirSync(folder).filter((file) => file.endsWith('.seg'))[1]!;
  const bytes = readFileSync(join(folder, name));
  bytes.fill(0xff, 500, 700);
  writeFileSync(join(folder, name), bytes);
  const again = openSpool({ folder, maxBytes: 65_536 });
  const sink = again.consumer('sink');
  const got = positions(sink);
  expect(got.length).toBeLessThan(120);
  expect(got.length).toBeGreaterThan(60);
  expect(got.length + again.stats.dropped).toBe(120);
  expect(got).toEqual(got.toSorted((a, b) => a - b));
  sink.acknowledge(120);
  expect(again.stats.records).toBe(0);
  await again.close();
});

test('only lost records are left: the consumer passes over them and has nothing to wait for', async () => {
  const folder = emptyFolder();
  const spool = openSpool({ folder, cacheBytes: 0 });
  const sink = spool.consumer('sink');
  append(spool, 3);
  sink.acknowledge(1);
  rmSync(join(folder, '000000000000.seg'));
  expect(sink.read(1, 10)).toEqual([]);
  expect(sink.position).toBe(spool.next);
  expect(spool.stats.records).toBe(0);
  await spool.close();
});

test('too small a limit and a second process are refused in words', async () => {
  const folder = emptyFolder();
  expect(() => openSpool({ folder, maxBytes: 1000 })).toThrow('maxBytes is 1000, at least 65536 are needed');
  const spool = openSpool({ folder });
  expect(() => openSpool({ folder })).toThrow(`is in use by the process ${process.pid}`);
  await spool.close();
});
