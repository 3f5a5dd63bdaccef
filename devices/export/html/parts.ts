import { existsSync, readFileSync } from 'node:fs';
import type { PageParts } from './carried.ts';

/** Beside this file in a package (test/tools/build.ts); in a checkout there are none, and the sources are bundled on the fly. */
export const builtParts: Readonly<Record<keyof PageParts, string>> = {
  page: 'parts/page.js',
  worker: 'parts/worker.js',
  style: 'parts/style.css',
};

const urlOf = (name: keyof PageParts): URL => new URL(builtParts[name], import.meta.url);

export async function pageParts(): Promise<PageParts> {
  if (!existsSync(urlOf('page'))) return (await import('./bundle.ts')).bundlePage();
  const read = (name: keyof PageParts): string => readFileSync(urlOf(name), 'utf8');
  return { page: read('page'), worker: read('worker'), style: read('style') };
}
