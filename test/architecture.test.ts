import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';

/** layer -> what it may import besides itself. The order is the way of the data; there is no way back. */
const mayImport: Record<string, string[]> = {
  'compiler/error.ts': [],
  'runtime-js/artifact': [],
  'compiler/ir': ['compiler/error.ts'],
  'compiler/ops': ['compiler/ir', 'compiler/error.ts'],
  'compiler/read': ['compiler/ops', 'compiler/ir', 'compiler/error.ts'],
  'compiler/simplify': ['compiler/ops', 'compiler/ir', 'compiler/error.ts'],
  'compiler/kernels': ['runtime-js/artifact', 'compiler/ir', 'compiler/error.ts'],
  'compiler/quantize': ['compiler/ops', 'compiler/kernels', 'compiler/ir', 'compiler/error.ts', 'runtime-js/artifact'],
  'runtime-js': ['runtime-js/artifact'],
  devices: ['runtime-js', 'runtime-js/artifact'],
};
const layerOf = (path: string) =>
  Object.keys(mayImport)
    .filter((l) => path === l || path.startsWith(`${l}/`))
    .sort((a, b) => b.length - a.length)[0];

test.each(globSync('{compiler,runtime-js,devices}/**/*.ts').filter((f) => layerOf(f) !== undefined))(
  '%s imports only what its layer may',
  (file) => {
    const layer = layerOf(file)!;
    const imported = [...readFileSync(file, 'utf8').matchAll(/\bfrom '(\.[^']+)'/g)].map((m) =>
      posix.join(posix.dirname(file), m[1]!),
    );
    const forbidden = imported.filter((to) => layerOf(to) !== layer && !mayImport[layer]!.includes(layerOf(to) ?? to));
    expect(forbidden).toEqual([]);
  },
);
