import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { sandglass } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-report-'));
const artifact = join(folder, 'gearbox.wasm');
const [model, data, broken] = [
  'examples/gearbox/model/model.json',
  'examples/gearbox/normal.csv',
  'examples/gearbox/broken-test.csv',
] as const;

beforeAll(() => {
  expect(sandglass('compile', model, '--data', data, '-o', artifact).code).toBe(0);
});

test('report writes a page that needs nothing from the network, and says the most important in the terminal', () => {
  const page = join(folder, 'page.html');
  const { code, stdout } = sandglass('report', artifact, '--model', model, '--data', data, '--test', broken, '-o', page);
  expect(code).toBe(0);
  expect(stdout).toContain('gearbox.wasm  It can be trusted.');
  expect(stdout).toMatch(/tensors +\d\d\.\d dB {2}int16 {2}hidden_/);
  expect(stdout).toMatch(/broken-test\.csv: 1\d\.\d % of 480 windows above the threshold/);
  const text = readFileSync(page, 'utf8');
  expect(text).not.toMatch(/(src|href)="/);
  expect(text).toContain('id="decibels"');
});

test('of an artifact alone it writes a page beside it, and says what more there could be', () => {
  const { code, stdout, stderr } = sandglass('report', artifact);
  expect(code).toBe(0);
  expect(stdout).toContain(`wrote ${join(folder, 'gearbox-report.html')}`);
  expect(stderr).toContain('With --model and --data');
  expect(readFileSync(join(folder, 'gearbox-report.html'), 'utf8')).toContain('dense 16 -&gt; 32 relu');
});

test('--json prints the analysis and writes no page', () => {
  const { code, stdout } = sandglass('report', artifact, '--model', model, '--data', data, '--json');
  expect(code).toBe(0);
  const { verdict, layers, provenance } = JSON.parse(stdout);
  expect([verdict.state, layers.length, provenance.differences]).toEqual(['good', 6, []]);
  expect(existsSync(join(folder, 'model-report.html'))).toBe(false);
});

test.each([
  [['--model', model], 'gearbox.wasm: --model and --data are only of use together'],
  [['--model', 'test/models/ad01/ad01.h5', '--data', data], 'ad01.h5: is not the model of'],
  [['--model', model, '--data', data, '--decoder', model], 'is a second file;'],
  [['-o', 'page.txt'], 'page.txt: does not end in .html'],
  [['--test', 'examples/gearbox/brokn-test.csv'], 'Did you mean examples/gearbox/broken-test.csv?'],
])('a mistake is answered with what to do: %s', (words, text) => {
  const { code, stderr } = sandglass('report', artifact, ...words);
  expect(stderr).toContain(text);
  expect(code).toBe(1);
});
