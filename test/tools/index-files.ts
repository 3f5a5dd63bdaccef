import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folder of table rows -> name of its table. A row is a file that exports a constant with the file's name in camelCase. */
const tables: Readonly<Record<string, string>> = {
  'compiler/kernels': 'kernels',
  'compiler/ops': 'ops',
  'compiler/quantize/rules': 'rules',
  'compiler/score': 'scores',
  'runtime-js/webnn': 'lowerings',
  'runtime-js/webnn/scores': 'scores',
  'runtime-js/webgpu': 'shaders',
  'runtime-js/webgpu/scores': 'scoreShaders',
};

/** The index.ts of a folder, as it must be. */
export function indexOf(folder: string, table: string): string {
  const rows = readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && file !== 'index.ts')
    .map((file) => ({ file, name: file.slice(0, -3).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()) }))
    .filter(({ file, name }) => new RegExp(`^export const ${name}\\b`, 'm').test(readFileSync(join(folder, file), 'utf8')))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return [
    '// Written by `npm run fix` from the files of this folder; `npm run check` fails when it is stale.',
    ...rows.map(({ file, name }) => `import { ${name} } from './${file}';`),
    '',
    `export const ${table} = {`,
    ...rows.map(({ name }) => `  ${name},`),
    '};',
    '',
  ].join('\n');
}

if (import.meta.main) {
  const stale = Object.entries(tables).filter(
    ([folder, table]) => readFileSync(join(folder, 'index.ts'), 'utf8') !== indexOf(folder, table),
  );
  if (process.argv.includes('--check')) {
    for (const [folder] of stale) process.stderr.write(`${folder}/index.ts is stale: run npm run fix\n`);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    for (const [folder, table] of stale) writeFileSync(join(folder, 'index.ts'), indexOf(folder, table));
  }
}
