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
cpSync('examples', 'dist/examples', { recursive: true });
chmodSync('dist/compiler/cli/main.js', 0o755);

const bundle = 'dist/sandglass.browser.js';
await build({
  entryPoints: ['runtime-js/index.ts'],
  outfile: bundle,
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  logLevel: 'warning',
});
const bytes = readFileSync(bundle);
process.stdout.write(`${bundle}: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzip\n`);
