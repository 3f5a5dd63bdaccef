import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PageParts } from './carried.ts';

/** Beside this file in a package; in a checkout there is none, and the sources are bundled on the fly. */
const builtFile = 'page-parts.json';

export async function pageParts(): Promise<PageParts> {
  const path = fileURLToPath(new URL(builtFile, import.meta.url));
  if (!existsSync(path)) return (await import('./bundle.ts')).bundlePage();
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Puts them where the built module of this file will look. */
export function writeParts(parts: PageParts, dist: string): void {
  const path = join(dist, 'devices/export/html', builtFile);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(parts));
}
