import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readNamed } from '../../../compiler/files.ts';
import { readWindows } from '../../../compiler/calibrate/samples.ts';
import { sandglass } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-pipeline-'));
const at = (name: string): string => join(folder, name);
const model = 'examples/gearbox/model/model.json';

/** Recordings of the gearbox as a plant would log them: a time stamp, sensors in another order, a column that nobody needs. */
function csv(state: 'h' | 'b', samples: number, broken: readonly number[] = []): string {
  const { data } = readWindows(readNamed(`examples/gearbox/recordings/${state}30hz20.npy.gz`), { size: 4, hop: 1 });
  const rows = Array.from({ length: samples }, (_, i) => {
    const time = new Date(Date.UTC(2026, 0, 1) + i).toISOString().replace('Z', '');
    const [a1, a2, a3, a4] = Array.from(data.subarray(4 * i, 4 * i + 4), (value) => (value * 0.002).toFixed(3));
    return `${time};${a4};${broken.includes(i) ? '' : a2};ok;${a1};${a3}`;
  });
  return `time;a4;a2;note;a1;a3\n${rows.join('\n')}\n`;
}

/** With a column that says whether a row is abnormal. */
const labelled = (text: string, label: number): string =>
  text.replaceAll(/^(.*)$/gm, (line) => (line === '' ? '' : `${line};${line.startsWith('time') ? 'anomaly' : label}`));
const withoutHeader = (text: string): string => text.split('\n').slice(1).join('\n');

const config = {
  channels: ['a1', 'a2', 'a3', { name: 'a4', unit: 'g' }],
  time: 'time',
  rateHz: 1000,
  window: 300,
  hop: 100,
  features: ['sum-abs', { kind: 'std', ddof: 1 }, 'max', { kind: 'kurtosis', bias: false }],
  faults: { missing: 'hold', bridge: 2 },
  threshold: 'conformal:0.05',
  alarm: { raise: 2 },
};

beforeAll(() => {
  writeFileSync(at('normal.csv'), csv('h', 12_000));
  writeFileSync(at('broken.csv'), csv('b', 5000, [1000, 3000, 3001, 3002]));
  writeFileSync(at('sandglass.json'), JSON.stringify(config));
});

describe('from a log of the plant to alarms with their reasons', () => {
  test('compile says what it reads and how often it will be wrong', () => {
    const { code, stdout } = sandglass(
      'compile',
      model,
      '--data',
      at('normal.csv'),
      '--config',
      at('sandglass.json'),
      '-o',
      at('gear.wasm'),
      '--allow-poor-fit',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('windows of 300 samples of 4 channels (a1, a2, a3, a4), every 100, 16 features');
    expect(stdout).toMatch(
      /threshold +[\d.e+-]+: conformal on \d+ held-out windows, at most [\d.]+ % false alarms; alarm after 2 in a row/,
    );
  });

  test('score finds the columns by their names, bridges a gap, and leaves out what it cannot know', () => {
    const { code, stdout, stderr } = sandglass('score', at('gear.wasm'), at('broken.csv'), '--why', '2');
    expect(code).toBe(0);
    const [header, ...rows] = stdout.trim().split('\n');
    expect(header).toBe('index,time,score,alarm,why');
    expect(rows).toHaveLength(48);
    expect(rows[0]).toMatch(/^0,2026-01-01T00:00:00\.299Z,[\d.e-]+,[01],a\d \d+%; a\d \d+%$/);
    // One sample is held; of three in a row, the third is too much: three windows hold it.
    expect(rows.filter((row) => row.endsWith(',,0,'))).toHaveLength(3);
    expect(stderr).toMatch(/48 windows, \d+ in alarm \(threshold [^)]+\), 3 without a score; samples: 4 missing/);
  });

  test('an adaptive threshold judges what has a score, and leaves the rest as it is', () => {
    const { code, stdout } = sandglass('score', at('gear.wasm'), at('broken.csv'), '--adaptive', '0.01');
    expect(code).toBe(0);
    const [header, ...rows] = stdout.trim().split('\n');
    expect(header).toBe('index,time,score,threshold,alarm');
    expect(rows.filter((row) => /^\d+,[^,]+,,[\d.e-]+,0$/.test(row))).toHaveLength(3);
    expect(rows.filter((row) => /^\d+,[^,]+,[\d.e-]+,[\d.e-]+,[01]$/.test(row))).toHaveLength(45);
  });

  test('json has the same in fields', () => {
    const { stdout } = sandglass('score', at('gear.wasm'), at('broken.csv'), '--json', '--why', '1');
    const first = JSON.parse(stdout.split('\n')[0]!) as { why: { channel: string; share: number; feature: string }[] };
    expect(first).toMatchObject({ index: 0, time: '2026-01-01T00:00:00.299Z' });
    expect(first.why[0]!.feature).toMatch(/^(sum-abs|std|max|kurtosis)\(a\d\)$/);
    expect(first.why[0]!.share).toBeGreaterThan(0.25);
  });

  test('evaluate measures it with labels, beside PCA and chance; tune shows what else could be chosen', () => {
    writeFileSync(at('labelled.csv'), labelled(csv('h', 6000), 0) + withoutHeader(labelled(csv('b', 6000), 1)));
    const { code, stdout } = sandglass('evaluate', at('gear.wasm'), at('labelled.csv'), '--label', 'anomaly', '--json');
    expect(code).toBe(0);
    const found = JSON.parse(stdout) as { aucRoc: number; baselines: { pca: { aucRoc: number }; random: { aucRoc: number } } };
    expect(found.aucRoc).toBeGreaterThan(0.7);
    expect(found.baselines.random.aucRoc).toBeGreaterThan(0.45);
    expect(found.baselines.random.aucRoc).toBeLessThan(0.55);
    const tuned = sandglass('tune', at('gear.wasm'), at('labelled.csv'), '--label', 'anomaly', '--json');
    const { points, secondsPerWindow } = JSON.parse(tuned.stdout) as {
      points: { falseAlarmsPerDay: number }[];
      secondsPerWindow: number;
    };
    expect(secondsPerWindow).toBe(0.1);
    expect(points.length).toBeGreaterThan(1);
    expect(points[0]!.falseAlarmsPerDay).toBe(0);
    expect(sandglass('tune', at('gear.wasm'), at('normal.csv')).stdout).toMatch(/--threshold [\d.e+-]+ --alarm-after \d+/);
    const text = sandglass('evaluate', at('gear.wasm'), at('labelled.csv'), '--label', 'anomaly').stdout;
    expect(text).toMatch(/artifact +PCA +random/);
  });

  test.each([
    [['score', 'gear.wasm', 'other.csv'], 'error: other.csv: has no column "a2"; its header names time, a1, b2, a3, a4\n'],
    [
      ['evaluate', 'gear.wasm', 'broken.csv', '--label', 'nota'],
      'error: broken.csv: has no column "nota"; its header names time, a4, a2, note, a1, a3\n  Did you mean "note"?\n',
    ],
  ])('%j is explained', (args, message) => {
    writeFileSync(at('other.csv'), 'time,a1,b2,a3,a4\n0,1,2,3,4\n');
    const words = args.map((arg) => (/\.(csv|wasm)$/.test(arg) ? at(arg) : arg));
    const { code, stderr } = sandglass(...words);
    expect(code).toBe(1);
    expect(stderr.replaceAll(`${folder}/`, '')).toContain(message);
  });
});
