import { spawn, type ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { quiet } from '../../../devices/log.ts';
import { CsvSource, csvDefaults, type CsvOptions } from '../../../devices/sources/csv.ts';
import type { ArtifactInput } from '../../../devices/sources/mapping.ts';
import { Collected, input } from './collect.ts';
import { gearboxFeatures } from './gearbox.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-csv-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const fresh = (content: string): string => {
  const path = join(folder, `data${files++}.csv`);
  writeFileSync(path, content);
  return path;
};

const two = input(['vib mm/s', 'temp']);

const sourceOf = (path: string, changes: Partial<CsvOptions> = {}, artifact: ArtifactInput = two): CsvSource =>
  new CsvSource(
    { ...csvDefaults, path, artifact: 'pump', pollMs: 20, ...changes },
    new Map([['pump', artifact]]),
    { log: quiet, maxPayloadBytes: 10_000 },
    'sandglass.json, stream.files[0]',
  );

async function readAll(
  path: string,
  changes: Partial<CsvOptions> = {},
  artifact = two,
  mark: string | null = null,
): Promise<Collected> {
  const collected = new Collected();
  const source = sourceOf(path, changes, artifact);
  await source.start(collected, mark);
  await source.ended;
  return collected;
}

/** Waits until something is so; fails after a while. */
async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; !isSo(); i++) {
    if (i > 500) throw new Error('waited for 10 s');
    await pause(20);
  }
}

describe('a whole file', () => {
  test('is read by the names of its header', async () => {
    const path = fresh('when;other;"temp";vib\r\n2020-09-13 12:26:40.5;x;2;1\r\n\r\n1600000002;"a;b";nan;4');
    const { rows, refusals } = await readAll(path, { time: 'when', sensor: 'p1' });
    expect(refusals).toEqual([]);
    expect(rows).toEqual([
      ['p1', 1600000000.5, 1, 2],
      ['p1', 1600000002, 4, NaN],
    ]);
  });

  test('recorded features: all 480 rows, as they stand', async () => {
    const text = gearboxFeatures();
    const [header, ...lines] = text.trim().split('\n');
    const { samples } = await readAll(fresh(text), {}, input(header!.split(',')));
    expect(samples.map(({ values }) => [...values])).toEqual(
      lines.map((line) => line.split(',').map((field) => Math.fround(Number(field)))),
    );
    expect(samples[0]!.sensor).toMatch(/^data\d+$/);
  });

  test('a column names the sensor; channels may have other names', async () => {
    const path = fresh('machine,v,t\nm1,1,2\nm2,3,4\n');
    const { rows } = await readAll(path, { sensorColumn: 'machine', channels: { vib: 'v', temp: 't' } });
    expect(rows).toEqual([
      ['m1', null, 1, 2],
      ['m2', null, 3, 4],
    ]);
  });

  test('rows that are wrong are refused with their number; the others are read', async () => {
    const path = fresh(`vib,temp\n1,2\n1,x\n1,2,3\n${'9'.repeat(11_000)},1\n"1,2\n5,6\n`);
    const { rows, refusals } = await readAll(path);
    expect(rows.map(([, , vib]) => vib)).toEqual([1, 5]);
    expect(refusals.map(([reason, detail]) => `${reason}: ${detail.replace(path, 'data.csv')}`)).toEqual([
      'malformed: data.csv, row 3 has "x" at place 1; expected a number',
      'malformed: data.csv, row 4 has 3 values; expected 2',
      expect.stringMatching(/^malformed: data\.csv, row 5 has "9+" at place 0; expected a number$/),
      'malformed: data.csv, row 6 has a quote that does not close',
    ]);
  });

  test.each<readonly [string, string, Partial<CsvOptions>, string]>([
    ['without a column', 'vibr,temp\n1,2\n', {}, 'has no column "vib"\n  Did you mean vibr?'],
    ['without a header', '1,2\n3,4\n', {}, ', row 1: holds numbers; expected a header with the names of the columns'],
    ['empty', '', {}, ': is empty'],
    ['of UTF-16', '\uFEFFvib', {}, ': is UTF-16 text'],
    ['with a first row of words', 'vib,temp\nred,green\n', {}, 'row 2 has "red" at place 0; expected a number'],
    ['with a time that is none', 'vib,temp,at\n1,2,noon\n', { time: 'at' }, 'row 2 has no time at place 2: "noon"'],
    ['in another unit', 'vib,temp\n1,2\n', { units: { vib: 'm/s' } }, 'is "m/s"; artifact "pump" was compiled for "mm/s"'],
    ['with a wrong mapping', 'vib,temp\n1,2\n', { channels: { vibb: 'x' } }, 'has no channel "vibb"\n  Did you mean vib?'],
  ])('%s is refused at the start, with the row', async (kind, content, changes, message) => {
    const path = fresh(content);
    if (kind === 'of UTF-16') writeFileSync(path, content, 'utf16le');
    await expect(readAll(path, changes)).rejects.toThrow(message);
    await expect(readAll(path, changes)).rejects.toMatchObject({ name: 'InputError' });
  });

  test('a file that is not there is named, with its neighbour', async () => {
    const path = fresh('vib,temp\n');
    await expect(readAll(path.replace('data', 'dta'))).rejects.toThrow(/there is no such file\n {2}Did you mean data\d+\.csv\?/);
    await expect(sourceOf(join(folder, 'none', 'x.csv'), { follow: true }).start(new Collected(), null)).rejects.toThrow(
      'its folder does not exist',
    );
  });

  test('is read on from its mark; a finished one has nothing more', async () => {
    const path = fresh('vib,temp\n1,2\n');
    const { marks } = await readAll(path);
    expect((await readAll(path, {}, two, marks.at(-1)!)).rows).toEqual([]);
    appendFileSync(path, '3,4\n5,x\n');
    const { rows, refusals } = await readAll(path, {}, two, marks.at(-1)!);
    expect(rows.map(([, , vib]) => vib)).toEqual([3]);
    expect(refusals[0]![1]).toContain('row 4');
  });

  test('a mark of another content, or none that can be read, begins at the start', async () => {
    const path = fresh('vib,temp\n1,2\n');
    const { marks } = await readAll(path);
    writeFileSync(path, 'vib,temp\n8,2\n9,2\n');
    for (const mark of [marks.at(-1)!, 'nonsense', '{"position":{}}']) {
      expect((await readAll(path, {}, two, mark)).rows.map(([, , vib]) => vib)).toEqual([8, 9]);
    }
  });
});

/** Values of channel x so far. */
const xs = (collected: Collected): number[] => collected.samples.map(({ values }) => values[0]!);

describe('a file that is followed', () => {
  const one = input(['x']);

  test('a row counts when its line is whole', async () => {
    const path = fresh('x\n1\n2');
    const collected = new Collected();
    const source = sourceOf(path, { follow: true }, one);
    await source.start(collected, null);
    await until(() => collected.samples.length === 1);
    await pause(60);
    expect(xs(collected)).toEqual([1]);
    appendFileSync(path, '5\n3\n');
    await until(() => collected.samples.length === 3);
    await source.stop();
    expect(xs(collected)).toEqual([1, 25, 3]);
  });

  test('is waited for, and read through rotation and truncation, with a header of its own or without', async () => {
    const path = join(folder, 'later.csv');
    const collected = new Collected();
    const source = sourceOf(path, { follow: true }, one);
    await source.start(collected, null);
    await pause(50);
    writeFileSync(path, 'x\n1\n');
    await until(() => xs(collected).includes(1));
    renameSync(path, `${path}.1`);
    // The writer has the old file open for a while.
    appendFileSync(`${path}.1`, '2\n3');
    await pause(50);
    writeFileSync(path, 'y,x\n0,4\n');
    await until(() => xs(collected).includes(4));
    copyFileSync(path, `${path}.2`);
    truncateSync(path);
    await pause(100);
    appendFileSync(path, '0,5\n');
    await until(() => xs(collected).includes(5));
    writeFileSync(path, 'x\n6\n7\n');
    await until(() => xs(collected).includes(7));
    await source.stop();
    expect(xs(collected)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(collected.refusals).toEqual([]);
  });

  test('one that is made anew with another header is refused row by row, until it is right again', async () => {
    const path = fresh('x\n1\n');
    const collected = new Collected();
    const source = sourceOf(path, { follow: true }, one);
    await source.start(collected, null);
    await until(() => xs(collected).length === 1);
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'y\n2\n');
    await until(() => collected.refusals.length === 2);
    renameSync(path, `${path}.2`);
    writeFileSync(path, 'x\n3\n');
    await until(() => xs(collected).length === 2);
    await source.stop();
    expect(xs(collected)).toEqual([1, 3]);
    expect(collected.refusals.map(([reason]) => reason)).toEqual(['unknown-channel', 'unknown-channel']);
  });

  test('was rotated while nobody read: the rest of the old file comes first', async () => {
    const path = fresh('x\n1\n');
    const { marks } = await readAll(path, {}, one);
    appendFileSync(path, '2\n');
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'x\n3\n');
    expect(xs(await readAll(path, {}, one, marks.at(-1)!))).toEqual([2, 3]);
  });

  test('what is not safe is read no further', async () => {
    const path = fresh(`x\n${Array.from({ length: 30_000 }, (_, i) => `${i}\n`).join('')}`);
    const collected = new Collected();
    const waiting: (() => void)[] = [];
    collected.safe = () => new Promise((resolve) => waiting.push(resolve));
    const source = sourceOf(path, {}, one);
    await source.start(collected, null);
    await until(() => collected.samples.length > 0);
    const first = collected.samples.length;
    await pause(50);
    expect(collected.samples).toHaveLength(first);
    expect(first).toBeLessThan(15_000);
    collected.safe = async () => {};
    waiting.forEach((resolve) => resolve());
    await source.ended;
    expect(xs(collected)).toEqual(Array.from({ length: 30_000 }, (_, i) => i));
  });
});

const children = new Set<ChildProcess>();
afterAll(() => children.forEach((child) => child.kill('SIGKILL')));

const kill = async (child: ChildProcess): Promise<void> => {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  children.delete(child);
};

test('killed again and again while the file grows and is rotated: each row comes once, in order', async () => {
  const path = fresh('t,x\n');
  const journal = join(folder, 'journal');
  const start = (): ChildProcess => {
    const child = spawn(process.execPath, ['test/devices/sources/tailing.ts', path, journal], { stdio: 'ignore' });
    children.add(child);
    return child;
  };
  const lines = (): string[] => (existsSync(journal) ? readFileSync(journal, 'utf8').split('\n') : []);
  const isTaken = (row: number): boolean => lines().includes(`sample ${row} ${row}`);
  const rotate = (to: number, header: string): void => {
    renameSync(path, `${path}.${to}`);
    writeFileSync(path, header);
  };
  let row = 0;
  /** Rows in two halves, so that a kill or a look may come between them. */
  const write = async (count: number): Promise<void> => {
    for (const end = row + count; row < end; row++) {
      appendFileSync(path, `${row},`);
      if (row % 8 === 0) await pause(1);
      appendFileSync(path, `${row}\n`);
    }
  };
  let child = start();
  for (let turn = 0; turn < 3; turn++) {
    await write(50);
    await until(() => isTaken(row - 1));
    const writing = write(150);
    await pause(10 + 5 * turn);
    await kill(child);
    await writing;
    // Rotated while nobody reads, after a kill; and while somebody does.
    if (turn === 1) rotate(turn, 't,x\n');
    child = start();
    await write(20);
    await until(() => isTaken(row - 1));
    if (turn === 2) {
      await write(50);
      rotate(turn, 't,x\n');
    }
  }
  await write(20);
  await until(() => isTaken(row - 1));
  await kill(child);
  expect(lines().filter((line) => line.startsWith('sample '))).toEqual(Array.from({ length: row }, (_, i) => `sample ${i} ${i}`));
  expect(lines().filter((line) => line.startsWith('refused'))).toEqual([]);
});
