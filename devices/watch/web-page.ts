import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Beside this file in a package; in a checkout there is none, and the sources are bundled on the fly. */
const builtFile = 'page.html';

export async function watchPage(): Promise<string> {
  const path = fileURLToPath(new URL(builtFile, import.meta.url));
  return existsSync(path) ? readFileSync(path, 'utf8') : (await import('./bundle.ts')).bundleWatchPage();
}

/** Puts it where the built module of this file will look. */
export function writeWatchPage(page: string, dist: string): void {
  const path = join(dist, 'devices/watch', builtFile);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, page);
}
