import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { bundleForBrowsers } from '../tools/bundle.ts';

/** The pages' scripts import the runtime's source for its types; in the browser they get what the package ships. */
const shippedRuntime: Plugin = {
  name: 'shipped runtime',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/runtime-js\/index\.ts$/ }, () => ({ path: '/sandglass/sandglass.browser.js', external: true })),
};

/** Writes the runtime's bundles into `folder`/sandglass and scripts of `from` into `folder`. */
export async function buildPages(
  folder: string,
  scripts: readonly string[],
  from = join(import.meta.dirname, 'pages'),
): Promise<void> {
  await bundleForBrowsers(join(folder, 'sandglass'));
  await build({
    entryPoints: scripts.map((script) => join(from, `${script}.ts`)),
    outdir: resolve(folder),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    plugins: [shippedRuntime],
    logLevel: 'warning',
  });
}
