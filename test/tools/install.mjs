// Installs what `npm test`, `npm run demo` and `npm run bench` need, if it is not there yet. Plain JavaScript for Node 20:
// it runs before there is anything else.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Folder -> why. The CUDA libraries that onnxruntime-node would download are of no use here. */
const folders = {
  '.': 'the project',
  'test/node20': 'Node 20, on which the published package is tested',
  'test/bench': 'native peers of the benchmark',
};

/** What this command needs besides the project: `node test/tools/install.mjs test/node20`. */
const wanted = new Set(['.', ...process.argv.slice(2)]);

for (const [folder, why] of Object.entries(folders).filter(([name]) => wanted.has(name))) {
  const lock = join(root, folder, 'package-lock.json');
  const installed = join(root, folder, 'node_modules/.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) continue;
  process.stderr.write(`installing ${why} (npm install in ${folder}) ...\n`);
  // Not `npm ci`: it insists on lock entries for the binaries of every platform, which not every registry mirror lists.
  const { status } = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: join(root, folder),
    stdio: ['ignore', 2, 'inherit'],
    shell: process.platform === 'win32',
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
  if (status !== 0) {
    process.stderr.write(`npm install failed in ${folder}: see above\n`);
    process.exit(1);
  }
}
