import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readFileSync, rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { bundlePage } from '../../devices/export/html/bundle.ts';
import { writeParts } from '../../devices/export/html/parts.ts';
import { bundleWatchPage } from '../../devices/watch/bundle.ts';
import { writeWatchPage } from '../../devices/watch/web-page.ts';
import { bundleForBrowsers, bundleForNode } from './bundle.ts';
import { pruneTypes } from './prune-types.ts';

// Makes dist/: the compiler and the runtime as ES modules with types, beside what the compiler reads at run time, and the
// browser bundle.
rmSync('dist', { recursive: true, force: true });
const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit', shell: process.platform === 'win32' });
if (status !== 0) process.exit(1);
cpSync('runtime-as', 'dist/runtime-as', { recursive: true });
cpSync('asconfig.json', 'dist/asconfig.json');
// A template that a person copies to /etc/systemd/system.
cpSync('devices/agent/sandglass-stream.service', 'dist/devices/agent/sandglass-stream.service');
// What the demo reads; the recordings and the training are in the repository.
const isNeeded = (path: string): boolean => !path.includes('recordings') && !path.endsWith('.ts');
cpSync('examples/gearbox', 'dist/examples/gearbox', { recursive: true, filter: isNeeded });
chmodSync('dist/compiler/cli/main.js', 0o755);

pruneTypes('dist', ['compiler/index.d.ts', 'runtime-js/index.d.ts', 'runtime-js/node.d.ts', 'runtime-js/worker/worker.d.ts']);

// The monitor page and that of the watch, so that neither needs a bundler.
writeParts(await bundlePage(), 'dist');
writeWatchPage(await bundleWatchPage(), 'dist');

const bundles = [await bundleForBrowsers('dist'), await bundleForNode('dist')];
for (const path of bundles.flatMap(({ metafile }) => Object.keys(metafile.outputs))) {
  const bytes = readFileSync(path);
  process.stdout.write(`${path}: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzip\n`);
}
