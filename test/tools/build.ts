import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readFileSync, rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

// Makes dist/: the compiler and the runtime as ES modules with types, beside what the compiler reads at run time, and the
// browser bundle.
rmSync('dist', { recursive: true, force: true });
const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit', shell: process.platform === 'win32' });
if (status !== 0) process.exit(1);
cpSync('runtime-as', 'dist/runtime-as', { recursive: true });
cpSync('asconfig.json', 'dist/asconfig.json');
// What the demo reads; the recordings and the training are in the repository.
const isNeeded = (path: string): boolean => !path.includes('recordings') && !path.endsWith('.ts');
cpSync('examples/gearbox', 'dist/examples/gearbox', { recursive: true, filter: isNeeded });
chmodSync('dist/compiler/cli/main.js', 0o755);

// One file each: a fresh process spends more time on finding nine modules than on loading an artifact.
const bundles = {
  'dist/sandglass.browser.js': ['runtime-js/index.ts', 'browser'],
  'dist/sandglass.node.js': ['runtime-js/node.ts', 'node'],
} as const;
for (const [outfile, [entry, platform]] of Object.entries(bundles)) {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform,
    target: 'es2022',
    minify: true,
    logLevel: 'warning',
  });
  const bytes = readFileSync(outfile);
  process.stdout.write(`${outfile}: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzip\n`);
}
