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

/** Writes the runtime for Node into a folder: what loads an artifact, and on demand what loads it onto a GPU. */
export const bundleForNode = (outdir: string) =>
  build({
    entryPoints: { 'sandglass.node': 'runtime-js/node.ts' },
    outdir,
    chunkNames: 'sandglass-node-[name]-[hash]',
    splitting: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['webgpu'],
    target: 'es2022',
    minify: true,
    metafile: true,
    logLevel: 'warning',
  });
