import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gearbox } from '../../runtime-js/artifact.ts';
import { sandglass } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-export-'));
const artifact = join(folder, 'pump.wasm');
const data = 'examples/gearbox/broken-test.csv';

beforeAll(async () => writeFileSync(artifact, await gearbox({ name: 'pump' })));
afterAll(() => rmSync(folder, { recursive: true }));

/** What an element of the page carries. */
const partOf = (page: string, id: string): Buffer =>
  inflateRawSync(Buffer.from(new RegExp(`id="${id}">([^<]*)<`).exec(page)![1]!, 'base64'));

const setupOf = (page: string) => JSON.parse(/id="setup">([^<]*)</.exec(page)![1]!);

test('export writes a page that carries the artifact and asks for nothing, and its script beside it', () => {
  const { code, stdout } = sandglass('export', artifact, '--as', 'html');
  expect(code).toBe(0);
  expect(stdout).toContain(`wrote ${join(folder, 'pump.html')}`);
  const page = readFileSync(join(folder, 'pump.html'), 'utf8');
  expect(page).not.toMatch(/(src|href)="(?!data:)/);
  expect(partOf(page, 'artifact').equals(readFileSync(artifact))).toBe(true);
  expect(setupOf(page)).toEqual({ title: 'pump', example: null, serviceWorker: 'pump.sw.js' });
  expect(existsSync(join(folder, 'pump.sw.js'))).toBe(true);
});

test('the policy of the page names what may run by its hash, and no place but a broker', () => {
  const [, policy] = /Content-Security-Policy" content="([^"]+)"/.exec(readFileSync(join(folder, 'pump.html'), 'utf8'))!;
  expect(policy!.replaceAll(/'sha256-[\w+/]{43}='/g, 'HASH')).toBe(
    "default-src 'none'; script-src HASH HASH 'wasm-unsafe-eval'; style-src HASH; worker-src blob: 'self'; connect-src ws: wss:; img-src data: blob:; base-uri 'none'; form-action 'none'",
  );
});

test('a recording travels with the page, in the order of the channels; of a long one its beginning, and that is said', () => {
  const page = join(folder, 'monday.html');
  const [header, ...rows] = readFileSync(data, 'utf8').trim().split('\n');
  const long = join(folder, 'long.csv');
  writeFileSync(long, [header, ...Array.from({ length: 20 }, () => rows).flat()].join('\n'));
  const { code, stderr } = sandglass('export', artifact, '--as', 'html', '--data', long, '--title', 'Pump "7"', '-o', page);
  expect(code).toBe(0);
  expect(stderr).toContain('long.csv: the page carries its first 8192 of 9600 rows');
  const text = readFileSync(page, 'utf8');
  expect(setupOf(text)).toMatchObject({ title: 'Pump "7"', example: { name: 'long.csv', rows: 8192, timed: false } });
  const { buffer, byteOffset } = partOf(text, 'example');
  const values = new Float32Array(buffer.slice(byteOffset, byteOffset + 4 * 16 * 8192));
  expect([...values.subarray(16, 32)]).toEqual(rows[1]!.split(',').map((value) => Math.fround(Number(value))));
});

test.each([
  [['-o', 'page.txt'], 1, 'page.txt: does not end in .html'],
  [['--data', 'examples/gearbox/brokn-test.csv'], 1, 'Did you mean examples/gearbox/broken-test.csv?'],
  [['--data', 'test/models/ad01/normal_id_01_00000000_hist_librosa.bin'], 1, 'has 1 columns; the artifact takes 16 channels'],
  [['--as', 'c'], 2, 'html'],
])('a mistake is answered with what to do: %s', (words, exit, text) => {
  const { code, stderr } = sandglass('export', artifact, '--as', 'html', ...words);
  expect(stderr).toContain(text);
  expect(code).toBe(exit);
});

test('demo --web writes the page of the gearbox with recordings that the model never saw', () => {
  const { code, stdout } = sandglass('demo', '--web', '--out', folder);
  expect(code).toBe(0);
  expect(stdout).toContain('gearbox-monitor.html');
  const { example } = setupOf(readFileSync(join(folder, 'gearbox-monitor.html'), 'utf8'));
  expect(example.rows).toBe(960);
  expect(example.marks[5]).toEqual({ row: 480, label: 'broken tooth, load 0 %' });
});
