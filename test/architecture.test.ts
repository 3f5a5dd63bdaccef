import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';

const leaves = [
  'compiler/error.ts',
  'compiler/json-file.ts',
  'compiler/nearest.ts',
  'compiler/progress.ts',
  'compiler/short-float.ts',
  'compiler/version.ts',
];

/** Layer -> what it may import besides itself and the leaves. The order is the way of the data; there is no way back. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(leaves.map((leaf) => [leaf, []])),
  'runtime-js/artifact': [],
  'runtime-js': ['runtime-js/artifact'],
  'devices/export/html/carried.ts': [],
  devices: ['devices/export/html/carried.ts', 'runtime-js', 'runtime-js/artifact'],
  // Runs in a browser: what is outside of it writes files.
  'devices/export/html/page': ['devices/export/html/carried.ts', 'runtime-js', 'runtime-js/artifact'],
  // In a browser too: its own tsconfig.json has no Node, so what it imports of the rest must do without.
  'devices/watch/page': ['devices/export/html/page', 'devices', 'runtime-js/artifact'],
  'compiler/ir': [],
  'compiler/ops': ['compiler/ir'],
  'compiler/read': ['compiler/ops', 'compiler/ir'],
  'compiler/simplify': ['compiler/ops', 'compiler/ir'],
  'compiler/calibrate': ['compiler/ops', 'compiler/ir'],
  'compiler/pipeline': ['compiler/calibrate', 'compiler/signal', 'compiler/ops', 'compiler/ir', 'runtime-js/artifact'],
  'compiler/config': ['compiler/pipeline', 'compiler/calibrate', 'compiler/signal', 'runtime-js/artifact'],
  'compiler/kernels': ['compiler/ir', 'runtime-js/artifact'],
  'compiler/quantize': ['compiler/ops', 'compiler/kernels', 'compiler/ir', 'runtime-js/artifact'],
  'compiler/score': ['compiler/ir', 'runtime-js/artifact'],
  'compiler/signal': ['compiler/kernels', 'compiler/ir'],
  'compiler/plan': ['compiler/signal', 'compiler/kernels', 'compiler/ir', 'runtime-js/artifact'],
  'compiler/emit': [
    'compiler/plan',
    'compiler/signal',
    'compiler/score',
    'compiler/kernels',
    'compiler/ir',
    'runtime-js/artifact',
  ],
  'compiler/assemble': ['runtime-js/artifact'],
  'compiler/pack': ['compiler/plan', 'compiler/kernels', 'compiler/ir', 'runtime-js/artifact'],
  'compiler/evaluate': ['compiler/score', 'runtime-js/artifact'],
  'compiler/report': [
    ...['accuracy', 'describe', 'describe-threshold', 'median-time'].map((file) => `compiler/${file}.ts`),
    ...['plan', 'calibrate', 'kernels', 'ops', 'ir'].map((stage) => `compiler/${stage}`),
    'runtime-js/artifact',
  ],
};

/** The composition root: compile.ts and its neighbours know all stages; the CLI may import everything. */
const layerOf = (path: string): string | undefined =>
  Object.keys(mayImport)
    .filter((layer) => path === layer || path.startsWith(`${layer}/`))
    .toSorted((a, b) => b.length - a.length)[0];

/** Imports of a source text that its layer may not have. */
function forbiddenImports(file: string, text: string): string[] {
  const layer = layerOf(file)!;
  const imported = [...text.matchAll(/\b(?:from|import) ?\(?'(\.[^']+)'/g)].map((match) =>
    posix.join(posix.dirname(file), match[1]!),
  );
  const allowed = new Set([layer, ...leaves, ...mayImport[layer]!]);
  return imported.filter((to) => !allowed.has(layerOf(to) ?? to)).map((to) => `${file} must not import ${to}`);
}

const files = globSync('{compiler,runtime-js,devices}/**/*.ts').filter((file) => layerOf(file) !== undefined);

test.each(files)('%s imports only what its layer may', (file) => {
  expect(forbiddenImports(file, readFileSync(file, 'utf8'))).toEqual([]);
});

test('an import against the order is found', () => {
  expect(forbiddenImports('compiler/read/x.ts', "import { plan } from '../plan/plan.ts';")).toEqual([
    'compiler/read/x.ts must not import compiler/plan/plan.ts',
  ]);
  expect(forbiddenImports('runtime-js/model.ts', "import { compile } from '../compiler/compile.ts';")).toHaveLength(1);
});

test('runtime-js uses no Node module outside of node.ts', () => {
  const offenders = globSync('runtime-js/**/*.ts').filter(
    (file) => file !== 'runtime-js/node.ts' && readFileSync(file, 'utf8').includes("'node:"),
  );
  expect(offenders).toEqual([]);
});
