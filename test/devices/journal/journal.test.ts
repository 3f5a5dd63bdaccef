import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Journal } from '../../../devices/journal/journal.ts';
import type { JournalOptions } from '../../../devices/journal/options.ts';
import { emptyFolder } from './folder.ts';

const texts = (journal: Journal, from = 0): string[] =>
  [...journal.replay(from)].map(({ position, data }) => `${position}:${Buffer.from(data).toString()}`);

const records = (...words: string[]): Buffer[] => words.map((word) => Buffer.from(word));

/** Opens, does, closes. */
async function using<T>(folder: string, use: (journal: Journal) => T, options: Partial<JournalOptions> = {}): Promise<T> {
  const journal = new Journal({ folder, ...options });
  const result = use(journal);
  await journal.close();
  return result;
}

const segments = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.seg'));

/** A folder with ten records "record 0" ... of 16 bytes on disk each, three in a segment. */
const threeEach = { segmentBytes: 36 + 3 * 16 } as const;
async function filled(): Promise<string> {
  const folder = emptyFolder();
  await using(folder, (journal) => journal.append(Array.from({ length: 10 }, (_, i) => Buffer.from(`record ${i}`))), threeEach);
  return folder;
}
const all = Array.from({ length: 10 }, (_, i) => `${i}:record ${i}`);

test('what was appended is replayed by the next process, from any position', async () => {
  const folder = emptyFolder();
  await using(folder, (journal) => {
    journal.append(records('a', '', 'c'));
    journal.append([]);
    journal.append(records('d'));
    expect(texts(journal)).toEqual(['0:a', '1:', '2:c', '3:d']);
  });
  await using(folder, (journal) => {
    expect(journal.next).toBe(4);
    expect(texts(journal, 2)).toEqual(['2:c', '3:d']);
    expect(texts(journal, 4)).toEqual([]);
  });
});

test("the arrays are the caller's again after append", async () => {
  const folder = emptyFolder();
  const reused = Buffer.from('1');
  await using(
    folder,
    (journal) => {
      journal.append([reused]);
      reused.write('2');
      journal.append([reused]);
      expect(texts(journal)).toEqual(['0:1', '1:2']);
    },
    { cacheBytes: 1000, cacheRecords: 10 },
  );
});

test('segments are named by their first record, and go when all before a position is let go of', async () => {
  const folder = await filled();
  expect(segments(folder)).toEqual(['000000000000.seg', '000000000003.seg', '000000000006.seg', '000000000009.seg']);
  await using(folder, (journal) => {
    journal.dropBefore(5);
    expect(segments(folder)).toEqual(['000000000003.seg', '000000000006.seg', '000000000009.seg']);
    expect(texts(journal, 5)).toEqual(all.slice(5));
    journal.dropBefore(10);
    expect(segments(folder)).toEqual(['000000000009.seg']);
    expect(journal.stats.bytes).toBe(36 + 16);
  });
  expect(await using(folder, (journal) => journal.next)).toBe(10);
});

test('a position that others have seen is not given again', async () => {
  const folder = await filled();
  await using(folder, (journal) => {
    journal.skipTo(20);
    journal.append(records('after'));
    expect(journal.count(0, 100)).toBe(11);
  });
  expect(await using(folder, (journal) => texts(journal, 8))).toEqual(['8:record 8', '9:record 9', '20:after']);
});

test('readers near the end read the same from memory as from disk', async () => {
  const folder = emptyFolder();
  const expected: string[] = [];
  await using(
    folder,
    (journal) => {
      const reader = journal.reader();
      for (let i = 0; i < 500; i += 5) {
        const batch = [0, 1, 2, 3, 4].map((k) => `record ${i + k}`);
        journal.append(records(...batch));
        expected.push(...batch);
        const from = (i * 7) % (i + 5);
        const { entries, reached } = reader.read(from, 30);
        expect(entries.map(({ data }) => String(data))).toEqual(expected.slice(from, from + 30));
        expect(reached).toBe(Math.min(from + 30, i + 5));
      }
    },
    { segmentBytes: 1000, cacheBytes: 1500, cacheRecords: 40 },
  );
});

test('torn at any byte of its last record, or full of zeros from there: the record is not there, the position is given again', async () => {
  const folder = await filled();
  await using(folder, (journal) => journal.dropBefore(10));
  const single = join(folder, '000000000009.seg');
  const whole = readFileSync(single);
  expect(whole.length).toBe(36 + 16);
  for (let cut = 0; cut < 16; cut++) {
    for (const rest of [Buffer.alloc(0), Buffer.alloc(16 - cut), Buffer.alloc(100)]) {
      writeFileSync(single, Buffer.concat([whole.subarray(0, 36 + cut), rest]));
      await using(
        folder,
        (journal) => {
          expect(journal.next).toBe(9);
          expect(texts(journal)).toEqual([]);
          journal.append(records('record 9'));
        },
        threeEach,
      );
      expect(readFileSync(single)).toEqual(whole);
    }
  }
});

test('torn in the header, the next position is still known by the name', async () => {
  const folder = await filled();
  await using(folder, (journal) => journal.dropBefore(10));
  const path = join(folder, '000000000009.seg');
  const whole = readFileSync(path);
  for (let cut = 0; cut < 36; cut++) {
    writeFileSync(path, whole.subarray(0, cut));
    expect(await using(folder, (journal) => journal.next)).toBe(9);
  }
  await using(folder, (journal) => journal.append(records('record 9')));
  expect(await using(folder, (journal) => texts(journal))).toEqual(['9:record 9']);
});

test('any byte flipped in the middle: its record is passed over and counted, or the rest of its segment if it is the length', async () => {
  const folder = await filled();
  const path = join(folder, '000000000003.seg');
  const whole = readFileSync(path);
  const at = 36 + 16;
  for (let byte = 0; byte < 16; byte++) {
    const damaged = Buffer.from(whole);
    damaged[at + byte]! ^= 0x40;
    writeFileSync(path, damaged);
    const lost = byte >= 4 && byte < 8 ? [4, 5] : [4];
    await using(folder, (journal) => {
      const expected = all.filter((_, position) => !lost.includes(position));
      expect(texts(journal)).toEqual(expected);
      // Counted once, though it is met twice.
      expect(texts(journal)).toEqual(expected);
      expect(journal.stats.damaged).toBe(lost.length);
      expect(journal.count(0, 10)).toBe(10 - lost.length);
    });
  }
});

test('a damaged record in the last segment costs that record only', async () => {
  const folder = emptyFolder();
  await using(folder, (journal) => journal.append(records('record 0', 'record 1', 'record 2')));
  const path = join(folder, '000000000000.seg');
  const bytes = readFileSync(path);
  bytes[36 + 16 + 10]! ^= 1;
  writeFileSync(path, bytes);
  await using(folder, (journal) => {
    expect(texts(journal)).toEqual(['0:record 0', '2:record 2']);
    expect(journal.stats.damaged).toBe(1);
    expect(journal.next).toBe(3);
  });
});

test('a damaged header costs nothing', async () => {
  const folder = await filled();
  for (const name of segments(folder)) {
    const path = join(folder, name);
    const whole = readFileSync(path);
    for (const byte of [0, 10, 20, 30, 33]) {
      const damaged = Buffer.from(whole);
      damaged[byte]! ^= 0x40;
      writeFileSync(path, damaged);
      await using(folder, (journal) => {
        expect(texts(journal)).toEqual(all);
        expect(journal.next).toBe(10);
      });
    }
    writeFileSync(path, whole);
  }
});

test('a segment that is shortened or gone: what it held is passed over and counted', async () => {
  const folder = await filled();
  const path = join(folder, '000000000003.seg');
  writeFileSync(path, readFileSync(path).subarray(0, 36 + 16));
  await using(folder, (journal) => {
    expect(texts(journal)).toEqual(all.filter((_, position) => position !== 4 && position !== 5));
    expect(journal.stats.damaged).toBe(2);
  });
  rmSync(path);
  const without = all.filter((_, position) => position < 3 || position > 5);
  await using(folder, (journal) => {
    expect(texts(journal)).toEqual(without);
    expect(journal.stats.damaged).toBe(3);
    // While it is in use.
    rmSync(join(folder, '000000000006.seg'));
    expect(texts(journal)).toEqual(without.filter((_, i) => i < 3 || i > 5));
    expect(journal.stats.damaged).toBe(6);
  });
});

test('a segment of a newer version is refused and not touched', async () => {
  const folder = await filled();
  const path = join(folder, '000000000009.seg');
  const bytes = readFileSync(path);
  bytes.writeUInt32LE(2, 4);
  writeFileSync(path, bytes);
  expect(() => new Journal({ folder })).toThrow('is a segment of version 2; this Sandglass reads version 1');
  expect(readFileSync(path)).toEqual(bytes);
  // The lock is let go of again.
  expect(() => new Journal({ folder })).toThrow('is a segment of version 2');
});

test('sync settles for many at once and in any order with segments that end', async () => {
  const folder = emptyFolder();
  const journal = new Journal({ folder, ...threeEach });
  const synced: number[] = [];
  const promises = Array.from({ length: 20 }, (_, i) => {
    journal.append(records(`record ${i % 10}`));
    return journal.sync().then(() => synced.push(i));
  });
  await Promise.all(promises);
  expect(synced).toEqual(Array.from({ length: 20 }, (_, i) => i));
  await journal.close();
  expect(await using(folder, (again) => again.next)).toBe(20);
});

test('a folder that is no folder is refused in words', () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'file'), '');
  expect(() => new Journal({ folder: join(folder, 'file') })).toThrow(/file: cannot be used: /);
  expect(() => new Journal({ folder: join(folder, 'file', 'x') })).toThrow('a part of the path is not a folder (ENOTDIR)');
});
