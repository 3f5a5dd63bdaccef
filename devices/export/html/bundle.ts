import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { PageParts } from './carried.ts';

const entries: Readonly<Record<keyof PageParts, string>> = { page: 'main.ts', worker: 'worker.ts', style: 'style.css' };

/** Bundles the sources of the page, minified. Needs esbuild, which is a dev dependency: a package has these texts ready. */
export async function bundlePage(): Promise<PageParts> {
  const texts = await Promise.all(
    Object.values(entries).map(async (entry) => {
      const { outputFiles } = await build({
        entryPoints: [fileURLToPath(new URL(`page/${entry}`, import.meta.url))],
        bundle: true,
        write: false,
        // Inside of a page there is no module to import from; an ES module may wait for promises at its top.
        format: entry === 'main.ts' ? 'esm' : 'iife',
        target: ['chrome111', 'firefox114', 'safari16.4'],
        minify: true,
        legalComments: 'none',
        logLevel: 'warning',
      });
      return outputFiles[0]!.text;
    }),
  );
  const [page, worker, style] = texts as [string, string, string];
  return { page, worker, style };
}
