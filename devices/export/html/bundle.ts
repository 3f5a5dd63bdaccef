import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import type { PageParts } from './carried.ts';

const pathOf = (file: string): string => fileURLToPath(new URL(`page/${file}`, import.meta.url));

/** Accelerators are five sixths of the worker: a page without them is below 100 KB. */
const withoutAccelerators: Plugin = {
  name: 'without accelerators',
  setup: ({ onResolve }) =>
    onResolve({ filter: /accelerated\/browser\.ts$/ }, () => ({ path: pathOf('without-accelerators.ts') })),
};

/** Bundles the sources of the page, minified. Needs esbuild, which is a dev dependency: a package has these texts ready. */
export async function bundlePage(): Promise<PageParts> {
  const [page, style, wasm, all] = await Promise.all([
    bundle(pathOf('main.ts'), { inject: [pathOf('language.ts')] }),
    bundle(pathOf('style.css')),
    bundle(pathOf('worker.ts'), { plugins: [withoutAccelerators] }),
    bundle(pathOf('worker.ts')),
  ]);
  return { page, style, workers: { wasm, all } };
}

/** One file with all that it imports, for all browsers that we support. `entry`: its path. */
export async function bundle(entry: string, own: Pick<BuildOptions, 'inject' | 'plugins'> = {}): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    // No modules: WebKit passes over in silence what fails in one that waits for promises at its top.
    format: 'iife',
    ...own,
    target: ['chrome111', 'firefox114', 'safari16.4'],
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    // The worker is started by us, not by its address.
    logOverride: { 'empty-import-meta': 'silent' },
  });
  return outputFiles[0]!.text;
}
