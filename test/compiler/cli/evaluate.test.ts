import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RowResult } from '../../../compiler/cli/evaluate-rows.ts';
import { evaluateFiles, type FileResult } from '../../../compiler/cli/evaluate-files.ts';
import { readNamed } from '../../../compiler/files.ts';
import { loadSync } from '../../../runtime-js/node.ts';
import { gearbox } from '../../runtime-js/artifact.ts';
import { sandglass } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-evaluate-'));
const at = (name: string): string => join(folder, name);
const [header = '', ...healthy] = readFileSync('examples/gearbox/healthy-test.csv', 'utf8').trim().split('\n');
const broken = readFileSync('examples/gearbox/broken-test.csv', 'utf8').trim().split('\n').slice(1);
const normal = 'examples/gearbox/normal.csv';

/** 24 files of 20 windows each of both kinds, some in a folder below. */
function writeFiles(): void {
  mkdirSync(at('recordings/broken'), { recursive: true });
  for (const [label, rows] of [healthy, broken].entries()) {
    for (const [i, line] of listed.slice(1 + 24 * label, 25 + 24 * label).entries()) {
      writeFileSync(at(`recordings/${line.split(',')[0]}`), [header, ...rows.slice(20 * i, 20 * i + 20)].join('\n'));
    }
  }
  writeFileSync(at('labels.csv'), listed.join('\n'));
  writeFileSync(at('recordings/README.md'), 'not a recording');
}

/** The lines of that list. */
const listed = [
  'file,label',
  ...[0, 1].flatMap((label) => Array.from({ length: 24 }, (_, i) => `${label === 1 ? 'broken/b' : 'h'}-${i + 10}.csv,${label}`)),
];

const compile = (output: string, ...words: string[]) =>
  sandglass('compile', 'examples/gearbox/model/model.json', '--data', normal, '-o', at(output), ...words);

beforeAll(() => {
  const labelled = [...healthy.map((row) => `${row},0`), ...broken.map((row) => `${row},1`)];
  writeFileSync(at('faults.csv'), [`${header},anomaly`, ...labelled].join('\n'));
  writeFileSync(at('healthy.csv'), [`${header},anomaly`, ...healthy.map((row) => `${row},0`)].join('\n'));
  writeFiles();
  expect(compile('gear.wasm').code).toBe(0);
});

/** What the CLI says, without the folder of this run. */
function evaluate(...words: string[]) {
  const outcome = sandglass('evaluate', at('gear.wasm'), ...words);
  return { ...outcome, stderr: outcome.stderr.replaceAll(`${folder}/`, '') };
}

describe('rows that a column labels', () => {
  test('--json has all figures, and the same ones of PCA and chance', () => {
    const { code, stdout } = evaluate(at('faults.csv'), '--label', 'anomaly', '--normal', normal, '--json');
    expect(code).toBe(0);
    const found = JSON.parse(stdout) as RowResult;
    for (const one of [found, found.baselines.pca!, found.baselines.random]) {
      for (const key of ['aucRoc', 'partialAuc', 'aucPr', 'vusPr', 'f1', 'far', 'mar', 'precision', 'recall'] as const) {
        expect(one[key]).toBeGreaterThanOrEqual(0);
        expect(one[key]).toBeLessThanOrEqual(1);
      }
      expect(one.nab).toEqual({
        standard: expect.any(Number),
        rewardLowFp: expect.any(Number),
        rewardLowFn: expect.any(Number),
      });
      expect(one.events).toMatchObject({ events: 1, precision: expect.any(Number), recall: expect.any(Number) });
    }
    expect(found.aucRoc).toBeGreaterThan(0.85);
    expect(found.unit).toBe('rows');
  });

  test('the table says by what a baseline is better, and only then', () => {
    const { stdout } = evaluate(at('faults.csv'), '--label', 'anomaly');
    const said = stdout.split('\n').find((line) => line.startsWith('PCA is better than the artifact by')) ?? '';
    const claimed = [...said.matchAll(/(?:by|,) ([^(,]+) \(/g)].map(([, name]) => name);
    // Three columns, of which the first two are the artifact's and PCA's.
    const measures = ['AUC-ROC', 'up to 10 %', 'AUC-PR', 'VUS-PR', 'F1', 'event F1', 'composite F1', 'NAB'];
    const won = measures.filter((name) => {
      const line = stdout.split('\n').find((one) => one.trim().startsWith(name))!;
      const [own, pca] = line
        .slice(line.indexOf(name) + name.length)
        .trim()
        .split(/ +/)
        .map(Number) as [number, number];
      return pca > own;
    });
    expect(claimed).toEqual(won);
    expect(won.length).toBeGreaterThan(0);
    expect(stdout).toContain('fitted on rows that it is judged by');
    const fair = evaluate(at('faults.csv'), '--label', 'anomaly', '--normal', normal).stdout;
    expect(fair).not.toMatch(/PCA is better|judged by/);
    expect(stdout).toMatch(/NAB +-?\d+\.\d +-?\d+\.\d +-?\d+\.\d\n/);
  });
});

describe('files with a label each', () => {
  test.each(['mean', 'max'] as const)("--json with the %s of a file's scores", (rule) => {
    const { code, stdout } = evaluate(
      at('recordings'),
      '--labels',
      at('labels.csv'),
      '--normal',
      normal,
      '--per-file',
      rule,
      '--json',
    );
    expect(code).toBe(0);
    const found = JSON.parse(stdout) as FileResult;
    expect(found).toMatchObject({ unit: 'files', points: 48, abnormal: 24, perFile: rule, vusPr: null, nab: null, events: null });
    expect(found.aucRoc).toBeGreaterThan(0.95);
    expect(found.baselines.pca!.aucRoc).toBeGreaterThan(0.8);
    expect(found.baselines.random.points).toBe(48);
    // A file's score is made of those that `score` gives for its windows.
    const scores = sandglass('score', at('gear.wasm'), at('recordings/broken/b-17.csv'))
      .stdout.trim()
      .split('\n')
      .slice(1)
      .map((row) => Number(row.split(',')[1]));
    const expected = rule === 'max' ? Math.max(...scores) : scores.reduce((sum, score) => sum + score, 0) / scores.length;
    const file = found.files.find((one) => one.file === 'broken/b-17.csv')!;
    expect(Math.abs(file.score - expected)).toBeLessThan(1e-6 * expected);
    expect(file).toMatchObject({ label: 1, alarm: expected > found.threshold });
    expect(found.mar).toBe(found.files.filter(({ label, alarm }) => label === 1 && !alarm).length / 24);
  });

  test('the table leaves out what files do not have', () => {
    const { stdout } = evaluate(at('recordings'), '--labels', at('labels.csv'));
    expect(stdout).toMatch(/on 48 files, 24 of them abnormal/);
    expect(stdout).toMatch(/artifact +PCA +random/);
    expect(stdout).not.toMatch(/VUS-PR|NAB|event/);
    expect(stdout).toContain("A file's score is the mean of its windows' scores");
  });

  const both = ['file,label', 'h-10.csv,0', 'broken/b-10.csv,1'];
  test.each([
    [
      'a file that is not there',
      ['file,label', 'nobody.csv,1'],
      'list.csv, row 2: names nobody.csv, which is not in recordings\n',
    ],
    ['a typo', ['file,label', 'h-1O.csv,1'], 'Did you mean h-10.csv?'],
    ['a file without a label', both, 'recordings/broken/b-11.csv: has no row in list.csv, nor have 45 more\n'],
    [
      'a label that is no number',
      ['file,label', 'h-10.csv,yes'],
      'list.csv, row 2: has the label "yes" for h-10.csv; expected 0 or 1\n',
    ],
    ['no header', both.slice(1), 'list.csv: has no header with the columns file and label; its first row is "h-10.csv,0"\n'],
    ['a file named twice', [...both, 'h-10.csv,0'], 'list.csv, row 4: names h-10.csv, as row 2 does\n'],
    ['no rows', ['file,label'], 'list.csv: names no files\n'],
    ['an empty line', [...both, '', 'h-11.csv,0'], 'list.csv, row 4: names no file\n'],
    ['one kind of files', listed.map((row) => row.replace(/,1$/, ',0')), 'list.csv: has only normal files: all labels are 0\n'],
  ])('%s', (_, rows, message) => {
    writeFileSync(at('list.csv'), `\uFEFF${rows.join('\r\n')}`);
    const found = saying(() => evaluateFiles(loadSync(at('gear.wasm')), at('recordings'), byMean(at('list.csv'))));
    expect(found).toContain(message);
  });
});

test('the list may lie among the recordings', () => {
  const inside = at('recordings/labels.csv');
  writeFileSync(inside, listed.join('\n'));
  const { files } = evaluateFiles(loadSync(at('gear.wasm')), at('recordings'), byMean(inside));
  rmSync(inside);
  expect(files.map(({ file, label }) => `${file},${label}`)).toEqual(listed.slice(1));
});

test('a list with semicolons, more columns and a byte order mark is read as well', () => {
  writeFileSync(at('semicolons.csv'), `\uFEFF${listed.map((row) => `30 Hz;${row.replace(',', ';')}`).join('\r\n')}\r\n`);
  expect(evaluateFiles(loadSync(at('gear.wasm')), at('recordings'), byMean(at('semicolons.csv'))).abnormal).toBe(24);
});

const byMean = (labels: string) => ({ labels, rule: 'mean', normal: null }) as const;

/** The message of what is thrown, without the folder of this run; '' where nothing is. */
function saying(work: () => void): string {
  try {
    work();
    return '';
  } catch (error) {
    return (error instanceof Error ? error.message : '').replaceAll(`${folder}/`, '');
  }
}

test.each([
  [['faults.csv'], 'error: evaluate: takes either --label or --labels, found none of them\n'],
  [['recordings', '--label', 'anomaly'], 'error: recordings: is a folder; --label is a column of single recordings\n'],
  [['faults.csv', '--labels', 'labels.csv'], 'error: faults.csv: is no folder; labels.csv labels the files of one folder\n'],
])('%j is explained', (args, message) => {
  const { code, stderr } = evaluate(...args.map((word) => (/^(--label|anomaly)/.test(word) ? word : at(word))));
  expect(stderr).toContain(message);
  expect(code).toBe(1);
});

describe('--threshold best-f1', () => {
  test('is the one at which evaluate finds that F1, and the manifest says how', () => {
    const { code, stdout } = compile('best.wasm', '--threshold', 'best-f1', '--labelled', at('faults.csv'), '--label', 'anomaly');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /threshold +[\d.]+: the best F1 \(0\.\d{3}\) of 960 labelled windows, 480 of them abnormal; \d+ % of the normal ones/,
    );
    const { score } = JSON.parse(sandglass('inspect', at('best.wasm'), '--json').stdout);
    expect(score).toMatchObject({ method: 'best-f1', parameter: null, calibrationWindows: 960, labelled: { abnormal: 480 } });
    const measured = JSON.parse(
      sandglass('evaluate', at('best.wasm'), at('faults.csv'), '--label', 'anomaly', '--json').stdout,
    ) as RowResult;
    expect(measured.f1).toBe(score.labelled.f1);
    expect(measured.bestF1.f1).toBe(score.labelled.f1);
    expect(measured.far).toBe(score.falseAlarmRate);
  });

  test('a config says the same; its files lie beside it', () => {
    writeFileSync(at('sandglass.json'), JSON.stringify({ threshold: 'best-f1', labelled: 'faults.csv', label: 'anomaly' }));
    const { code, stdout } = compile('config.wasm', '--config', at('sandglass.json'));
    expect(code).toBe(0);
    expect(readFileSync(at('config.wasm')).equals(readFileSync(at('best.wasm')))).toBe(true);
    expect(stdout).toContain('labelled windows');
  });

  test.each([
    [{}, 'threshold: best-f1 is found from labelled recordings, and there are none\n'],
    [{ labelled: 'faults.csv' }, 'labelled: nobody says which column tells abnormal rows from normal ones\n'],
    [{ label: 'anomaly' }, 'threshold: best-f1 is found from labelled recordings, and there are none\n'],
    [{ label: 'anomaly', threshold: 'quantile' }, 'label: is "anomaly", but there are no labelled recordings\n'],
    [
      { labelled: 'healthy.csv', label: 'anomaly' },
      'healthy.csv: has no abnormal windows: "anomaly" is 0 at the newest row of all 480\n',
    ],
    [{ labelled: 'faults.csv', label: 'anomly' }, 'Did you mean "anomaly"?'],
  ])('%j is explained', async ({ labelled, ...words }: { labelled?: string; label?: string; threshold?: string }, message) => {
    const files = labelled === undefined ? {} : { labelled: { ...readNamed(at(labelled)), name: labelled } };
    await expect(gearbox({ threshold: 'best-f1', ...files, ...words })).rejects.toThrow(message);
  });

  test('labels that nobody looks at are said', () => {
    const { code, stderr } = compile('plain.wasm', '--labelled', at('faults.csv'), '--label', 'anomaly');
    expect(code).toBe(0);
    expect(stderr).toContain('warning: the labelled recordings are not used: the threshold is quantile');
    expect(readFileSync(at('plain.wasm')).equals(readFileSync(at('gear.wasm')))).toBe(true);
  });
});

describe('score --adaptive', () => {
  test('has the threshold of each row beside it, from the first one on where the artifact holds a tail', () => {
    expect(compile('pot.wasm', '--threshold', 'pot:0.001').code).toBe(0);
    const { code, stdout, stderr } = sandglass('score', at('pot.wasm'), 'examples/gearbox/broken-test.csv', '--adaptive', '1e-3');
    expect(code).toBe(0);
    const [first, ...rows] = stdout.trim().split('\n');
    expect(first).toBe('index,score,threshold,alarm');
    const numbers = rows.map((row) => row.split(',').map(Number) as [number, number, number, number]);
    for (const [, score, threshold, alarm] of numbers) expect(alarm).toBe(score > threshold ? 1 : 0);
    expect(new Set(numbers.map(([, , threshold]) => threshold)).size).toBeGreaterThan(3);
    expect(stderr).toMatch(/480 windows, \d+ in alarm \(adaptive threshold [\d.]+ at the end\)/);
  });

  test('without a tail it needs a thousand scores, and says so', () => {
    const { stdout, stderr } = sandglass(
      'score',
      at('gear.wasm'),
      'examples/gearbox/broken-test.csv',
      '--adaptive',
      '1e-3',
      '--json',
    );
    const { threshold } = JSON.parse(stdout.split('\n')[0]!) as { threshold: number };
    expect(threshold).toBeCloseTo(0.1753, 3);
    expect(stderr).toContain("the artifact's: too few scores to learn one from; compile with --threshold pot to begin with one");
  });

  test.each([
    [['--adaptive', '0.5'], 'Expected a share above 0 and up to 0.02.', 2],
    [
      ['--adaptive-depth', '20'],
      'error: adaptive-depth: says how an adaptive threshold follows the scores, and there is none',
      1,
    ],
  ] as const)('%j is explained', (words, message, exit) => {
    const { code, stderr } = sandglass('score', at('gear.wasm'), 'examples/gearbox/broken-test.csv', ...words);
    expect(stderr).toContain(message);
    expect(code).toBe(exit);
  });
});
