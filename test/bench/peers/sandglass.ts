import { buildSync } from 'esbuild';
import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBytes } from '../../../runtime-js/model.ts';
import type { Peer } from './define.ts';

/** The runtime as it is published: bundled JavaScript, no types to strip. */
const bundle = join(mkdtempSync(join(tmpdir(), 'sandglass-bench-')), 'sandglass.mjs');
buildSync({
  entryPoints: ['runtime-js/node.ts'],
  outfile: bundle,
  bundle: true,
  format: 'esm',
  platform: 'node',
  minify: true,
  logLevel: 'warning',
});

export const sandglass: Peer = {
  name: 'sandglass',
  perTensor: false,
  supports: () => true,
  async open({ artifact }, batch) {
    const model = await loadBytes(artifact, 'artifact');
    const score = new Float32Array(1);
    return {
      run(windows) {
        if (batch > 1) return model.runBatch(windows);
        score[0] = model.run(windows);
        return score;
      },
      dispose: () => {},
    };
  },
  bytesToShip: ({ artifact }) => statSync(bundle).size + artifact.length,
  coldStart: (_, folder) => `
    const { load } = await import(${JSON.stringify(bundle)});
    const model = await load(${JSON.stringify(join(folder, 'artifact.wasm'))});
    done([model.run(window)]);`,
};
