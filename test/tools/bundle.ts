import { build } from 'esbuild';

/**
 * Writes the runtime for browsers into a folder: sandglass.browser.js (the core), worker.js, and chunks that these load on demand, all
 * side by side: scripts find each other by relative addresses.
 */
export const bundleForBrowsers = (outdir: string) =>
  build({
    entryPoints: { 'sandglass.browser': 'runtime-js/index.ts', worker: 'runtime-js/worker/worker.ts' },
    outdir,
    chunkNames: 'sandglass-[name]-[hash]',
    splitting: true,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    metafile: true,
    logLevel: 'warning',
  });

/** One file: a fresh process spends more time on finding nine modules than on loading an artifact. */
export const bundleForNode = (outfile: string) =>
  build({
    entryPoints: ['runtime-js/node.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    minify: true,
    metafile: true,
    logLevel: 'warning',
  });
