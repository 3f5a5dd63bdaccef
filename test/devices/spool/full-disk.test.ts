import { mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Journal } from '../../../devices/journal/journal.ts';
import type { Consumer, Spool } from '../../../devices/spool/define.ts';
import { openSpool } from '../../../devices/spool/spool.ts';
import { emptyFolder } from '../journal/folder.ts';
import { dataAt } from './data-at.ts';
import { makeSmallDisk, noSmallDisk, type SmallDisk } from './small-disk.ts';

function append(spool: Pick<Spool, 'next' | 'append'>, count: number): void {
  spool.append(Array.from({ length: count }, (_, i) => dataAt(spool.next + i)));
}

function positions(consumer: Consumer): number[] {
  return consumer.read(consumer.position, 100_000).map(({ position, data }) => {
    expect(data).toEqual(dataAt(position));
    return position;
  });
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

function smallDisk(bytes: number): SmallDisk & { readonly spool: string } {
  const disk = makeSmallDisk(bytes);
  onTestFinished(() => disk.dispose());
  const spool = join(disk.folder, 'spool');
  mkdirSync(spool);
  return { ...disk, spool };
}

const limits = { maxBytes: 262_144, retryMs: 20 } as const;
const full = 'the disk is full (ENOSPC)';

describe.skipIf(noSmallDisk() !== null)('a full disk', () => {
  test('records wait in memory, are delivered from there, and are on disk when there is room again', async () => {
    const disk = smallDisk(256 * 1024);
    const spool = openSpool({ ...limits, folder: disk.spool });
    const sink = spool.consumer('sink');
    append(spool, 20);
    disk.fill(8192);
    // Each a write of its own, one of which ends in the middle.
    while (spool.stats.problem === null) append(spool, 1);
    expect(spool.stats.problem).toBe(full);
    const bytes = spool.stats.bytes;
    let isSynced = false;
    void spool.sync().then(() => (isSynced = true));
    append(spool, 50);
    const { next } = spool;
    expect(positions(sink)).toEqual(range(0, next));
    await sleep(60);
    expect(spool.stats).toMatchObject({ problem: full, bytes, dropped: 0, records: next });
    expect(isSynced).toBe(false);
    disk.empty();
    await vi.waitFor(() => expect(isSynced).toBe(true));
    expect(spool.stats).toMatchObject({ problem: null, dropped: 0, records: next });
    append(spool, 5);
    await spool.close();
    const again = openSpool({ ...limits, folder: disk.spool });
    expect(positions(again.consumer('sink'))).toEqual(range(0, next + 5));
    await again.close();
  });

  test('a consumer that keeps up loses nothing, however long the disk is full', async () => {
    const disk = smallDisk(256 * 1024);
    const spool = openSpool({ ...limits, folder: disk.spool, pendingBytes: 32_768 });
    const sink = spool.consumer('sink');
    disk.fill(0);
    for (let i = 0; i < 300; i++) {
      append(spool, 3);
      expect(positions(sink)).toEqual(range(3 * i, 3 * i + 3));
      sink.acknowledge(spool.next);
    }
    expect(spool.stats).toMatchObject({ problem: full, dropped: 0, records: 0 });
    disk.empty();
    await sleep(25);
    append(spool, 2);
    expect(spool.stats.problem).toBe(null);
    await spool.close();
    const again = openSpool({ ...limits, folder: disk.spool });
    expect(again.next).toBe(902);
    expect(positions(again.consumer('sink'))).toEqual([900, 901]);
    await again.close();
  });

  test('when memory is full too, the oldest go: first those on disk, whose room is used, then those in memory; counted', async () => {
    const disk = smallDisk(512 * 1024);
    const spool = openSpool({ ...limits, folder: disk.spool, pendingBytes: 32_768 });
    const sink = spool.consumer('sink');
    append(spool, 400);
    // A file that is being synced is open, and its room is not free when it is deleted.
    await spool.sync();
    const before = spool.stats.bytes;
    disk.fill(0);
    for (let i = 0; i < 200; i++) {
      append(spool, 2);
      expect(spool.stats.dropped + spool.stats.records).toBe(spool.next);
    }
    const { dropped } = spool.stats;
    expect(dropped).toBeGreaterThan(0);
    expect(spool.stats.bytes).toBeGreaterThan(before / 2);
    // One piece, as the oldest went.
    expect(positions(sink)).toEqual(range(dropped, spool.next));
    expect(sink.position).toBe(dropped);
    // Much more than disk and memory hold.
    for (let i = 0; i < 100; i++) append(spool, 20);
    const late = spool.stats;
    expect(late.dropped + late.records).toBe(spool.next);
    expect(positions(sink)).toEqual(range(late.dropped, spool.next));
    disk.empty();
    await vi.waitFor(() => expect(spool.stats).toMatchObject({ problem: null, dropped: late.dropped }));
    await spool.close();
    const again = openSpool({ ...limits, folder: disk.spool });
    expect(positions(again.consumer('sink'))).toEqual(range(late.dropped, again.next));
    await again.close();
  });

  test('a disk that another fills: what does not fit into memory is dropped, oldest first, and sync says so', async () => {
    const disk = smallDisk(128 * 1024);
    const journal = new Journal({ folder: disk.spool, pendingBytes: 16_384, retryMs: 20 });
    append(journal, 10);
    disk.fill(0);
    append(journal, 20);
    const said = journal.sync().catch(String);
    for (let i = 0; i < 100; i++) append(journal, 2);
    expect(await said).toMatch(/^Error: the records \d+ to \d+ were dropped before they were written$/);
    const { dropped } = journal.stats;
    expect(dropped).toBeGreaterThan(100);
    disk.empty();
    await journal.sync();
    const found = [...journal.replay(0)].map(({ position }) => position);
    expect(found.length).toBe(230 - dropped);
    expect(found.slice(10)).toEqual(range(10 + dropped, 230));
    await journal.close();
    const again = new Journal({ folder: disk.spool });
    expect([...again.replay(0)].map(({ position }) => position)).toEqual(found);
    // They were dropped on purpose: that is no damage.
    expect(again.stats.damaged).toBe(0);
    await again.close();
  });

  test('room that is made and that somebody else takes is made once, until a write does well', async () => {
    const disk = smallDisk(128 * 1024);
    let made = 0;
    const policy = { beforeTaking() {}, makeRoom: () => ++made > 0 };
    const journal = new Journal({ folder: disk.spool, pendingBytes: 16_384, retryMs: 20, policy });
    disk.fill(0);
    for (let i = 0; i < 100; i++) append(journal, 2);
    expect(made).toBe(1);
    disk.empty();
    await journal.sync();
    disk.fill(0);
    for (let i = 0; i < 100; i++) append(journal, 2);
    expect(made).toBe(2);
    await journal.close();
  });

  test('what is appended when there is room again stays behind what waits', async () => {
    const disk = smallDisk(128 * 1024);
    let now = 0;
    const clock = { wallMs: () => Date.now(), steadyMs: () => now };
    const journal = new Journal({ folder: disk.spool, retryMs: 1_000_000, clock });
    disk.fill(0);
    for (let i = 0; i < 10; i++) append(journal, 1);
    disk.empty();
    now = 1_000_001;
    append(journal, 1);
    expect(journal.stats).toMatchObject({ problem: null, pendingBytes: 0 });
    expect(readdirSync(disk.spool)).toContain('000000000000.seg');
    expect([...journal.replay(0)].map(({ position }) => position)).toEqual(range(0, 11));
    await journal.close();
  });

  test('it starts on a full disk, and takes over from a dead process there', async () => {
    const disk = smallDisk(256 * 1024);
    disk.fill(0);
    const spool = openSpool({ ...limits, folder: disk.spool });
    expect(spool.stats.problem).toBe(full);
    const sink = spool.consumer('sink');
    append(spool, 3);
    expect(positions(sink)).toEqual([0, 1, 2]);
    disk.empty();
    await spool.sync();
    await vi.waitFor(() => expect(spool.stats.problem).toBe(null));
    await spool.close();
    expect(readdirSync(disk.spool).toSorted()).toEqual(['000000000000.seg', 'cursors']);
  });

  test('closed while the disk is full: what could not be written is lost, and said', async () => {
    const disk = smallDisk(256 * 1024);
    const spool = openSpool({ ...limits, folder: disk.spool });
    spool.consumer('sink');
    append(spool, 5);
    disk.fill(0);
    while (spool.stats.problem === null) append(spool, 1);
    append(spool, 4);
    const said = spool.sync().catch(String);
    const kept = spool.next - 5;
    await spool.close();
    expect(await said).toBe('Error: the log was closed before the records were written');
    expect(spool.stats.dropped).toBe(5);
    disk.empty();
    const again = openSpool({ ...limits, folder: disk.spool });
    expect(positions(again.consumer('sink'))).toEqual(range(0, kept));
    await again.close();
  });
});

test('a folder that is gone for a while costs nothing on disk: room would not help', async () => {
  const folder = join(emptyFolder(), 'spool');
  const spool = openSpool({ folder, maxBytes: 65_536, retryMs: 20, cacheBytes: 0 });
  const sink = spool.consumer('sink');
  append(spool, 60);
  renameSync(folder, `${folder}-away`);
  for (let i = 0; i < 100; i++) append(spool, 1);
  expect(spool.stats.problem).toBe('the file or folder is gone (ENOENT)');
  expect(sink.read(0, 100)).toEqual([]);
  expect(sink.position).toBe(0);
  renameSync(`${folder}-away`, folder);
  // The listeners of consumers are told to try again.
  sink.onAppended(() => sink.read(0, 1));
  await vi.waitFor(() => expect(spool.stats.problem).toBe(null), { timeout: 10_000 });
  const { dropped } = spool.stats;
  expect(dropped).toBeGreaterThan(0);
  const got = positions(sink);
  expect(got.length).toBe(160 - dropped);
  // Those that waited longest went.
  expect(got.slice(0, 60)).toEqual(range(0, 60));
  await spool.close();
});

test('a segment that the disk cannot read is tried for a minute, then passed over and counted', async () => {
  const folder = emptyFolder();
  let now = 0;
  const clock = { wallMs: () => Date.now(), steadyMs: () => now };
  const spool = openSpool({ folder, maxBytes: 65_536, cacheBytes: 0, clock });
  const sink = spool.consumer('sink');
  append(spool, 100);
  const [first = '', second = ''] = readdirSync(folder).filter((name) => name.endsWith('.seg'));
  renameSync(join(folder, first), join(folder, 'aside'));
  // Reading the memory of this process at address 36 gives EIO.
  symlinkSync('/proc/self/mem', join(folder, first));
  expect(sink.read(0, 10)).toEqual([]);
  expect(spool.stats.problem).toBe('the disk fails (EIO)');
  now = 59_000;
  expect(sink.read(0, 10)).toEqual([]);
  expect(sink.position).toBe(0);
  now = 61_000;
  const rest = Number(second.slice(0, 12));
  expect(positions(sink)).toEqual(range(rest, 100));
  expect(spool.stats).toMatchObject({ problem: null, dropped: rest });
  await spool.close();
});
