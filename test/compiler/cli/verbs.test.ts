import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { sandglass } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-'));
const artifact = join(folder, 'gearbox.wasm');
const healthy = 'examples/gearbox/healthy-test.csv';
const broken = 'examples/gearbox/broken-test.csv';

beforeAll(() => {
  const { code, stdout } = sandglass(
    'compile',
    'examples/gearbox/model/model.json',
    '--data',
    'examples/gearbox/normal.csv',
    '-o',
    artifact,
    '--keep-source',
  );
  expect(code).toBe(0);
  expect(stdout).toContain('threshold');
});

test.each([
  '',
  'inspect',
  'compile',
  'verify',
  'score',
  'evaluate',
  'tune',
  'report',
  'export',
  'watch',
  'worker',
  'ingest',
  'bench',
  'demo',
  'replay',
])('%s --help teaches by example', async (verb) => {
  const { code, stdout } = sandglass(...verb.split(' ').filter(Boolean), '--help');
  expect(code).toBe(0);
  expect(stdout).toMatch(/Examples?:/);
  await expect(stdout).toMatchFileSnapshot(`../../golden/help/${verb || 'sandglass'}.txt`);
});

describe('usage errors exit with 2', () => {
  test.each([
    [['compil', 'x'], 'Did you mean compile?'],
    [['compile', 'model.h5'], '--data <files...>'],
    [['score', 'pump.wasm'], "missing required argument 'data'"],
    [['compile', 'm.h5', '--data', 'd.csv', '-o', 'x.wasm', '--target', 'gpu'], 'simd, scalar'],
    [['compile', 'm.h5', '--data', 'd.csv', '-o', 'x.wasm', '--obsrver', 'x'], 'Did you mean --observer?'],
    [['score', 'pump.wasm', 'd.csv', '--hop', 'wide'], 'Expected a whole number above 0.'],
    [['compile', 'm.h5', '--data', 'd.csv', '-o', 'x.wasm', '--clear-below', '1.5'], 'Expected a number up to 1.'],
  ])('%s', (words, text) => {
    const { code, stderr } = sandglass(...words);
    expect(stderr).toContain(text);
    expect(code).toBe(2);
  });
});

test('score writes one row per window to standard output, and notes to standard error', () => {
  const { code, stdout, stderr } = sandglass('score', artifact, healthy);
  const rows = stdout.trim().split('\n');
  expect(code).toBe(0);
  expect(rows[0]).toBe('index,score,alarm');
  expect(rows).toHaveLength(1 + readFileSync(healthy, 'utf8').trim().split('\n').length - 1);
  expect(rows[1]).toMatch(/^0,\d+(\.\d+)?(e-?\d+)?,[01]$/);
  expect(stderr).toMatch(/^480 windows, \d+ in alarm \(threshold/);
});

test('a reader that has seen enough is no error', () => {
  const [header, ...rows] = readFileSync(healthy, 'utf8').trim().split('\n');
  const long = join(folder, 'long.csv');
  // More than a pipe holds: the rest cannot be written.
  writeFileSync(long, [header, ...Array.from({ length: 40 }, () => rows).flat()].join('\n'));
  const command = `set -o pipefail; '${process.execPath}' compiler/cli/main.ts score '${artifact}' '${long}' | head -n 1`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'index,score,alarm\n' });
  expect(stderr).not.toMatch(/error|EPIPE/);
});

test('score --json gives the same scores, as JSON lines', () => {
  const csv = sandglass('score', artifact, broken).stdout.trim().split('\n').slice(1);
  const json = sandglass('score', artifact, broken, '--json')
    .stdout.trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(json.map(({ index, score, alarm }) => `${index},${score},${alarm ? 1 : 0}`)).toEqual(csv);
});

test('a broken tooth scores higher than a healthy gearbox', () => {
  expect(medianScore(broken)).toBeGreaterThan(2 * medianScore(healthy));
});

test('verify checks the golden vectors, and int8 against float', () => {
  const { code, stdout } = sandglass(
    'verify',
    artifact,
    '--model',
    'examples/gearbox/model/model.json',
    '--data',
    healthy,
    '--json',
  );
  const { mismatches, accuracy } = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(mismatches).toEqual([]);
  expect(accuracy.windows).toBe(480);
  expect(accuracy.correlation).toBeGreaterThan(0.9);
});

test('inspect says what is in a model and in an artifact', () => {
  expect(JSON.parse(sandglass('inspect', 'test/models/ad01/ad01.h5', '--json').stdout)).toMatchObject({
    format: 'keras',
    multiplyAdds: 264_192,
    problem: null,
  });
  expect(JSON.parse(sandglass('inspect', artifact, '--json').stdout)).toMatchObject({ abi: 1, name: 'model', target: 'simd' });
});

test('--keep-source leaves readable AssemblyScript beside the artifact', () => {
  expect(readFileSync(artifact.replace(/wasm$/, 'ts'), 'utf8')).toContain('export function run(): f32 {');
});

test('bench times an artifact', () => {
  const { singleUs, batchUs, bytes } = JSON.parse(sandglass('bench', artifact, '--json').stdout);
  expect(singleUs).toBeGreaterThan(0);
  expect(batchUs).toBeGreaterThan(0);
  expect(bytes).toBe(readFileSync(artifact).length);
});

test('demo writes an artifact and a page that needs nothing from the network', () => {
  const { code, stdout } = sandglass('demo', '--out', folder);
  expect(code).toBe(0);
  expect(stdout).toContain('broken tooth');
  const page = readFileSync(join(folder, 'gearbox.html'), 'utf8');
  expect(page).not.toMatch(/(src|href)="https?:/);
  expect(page).toContain('id="roc"');
  expect(existsSync(join(folder, 'gearbox.wasm'))).toBe(true);
});

function medianScore(file: string): number {
  const rows = sandglass('score', artifact, file).stdout.trim().split('\n').slice(1);
  return rows.map((row) => Number(row.split(',')[1])).toSorted((a, b) => a - b)[rows.length >> 1]!;
}
