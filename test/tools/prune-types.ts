import { globSync, readFileSync, rmSync } from 'node:fs';
import { join, posix } from 'node:path';

/**
 * Deletes the declarations that no public one mentions, which are a tenth of a package: nobody can import those files. `entries` and what
 * is in `folder` by paths with slashes.
 */
export function pruneTypes(folder: string, entries: readonly string[]): void {
  const reached = new Set<string>();
  const waiting = [...entries];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    const text = readFileSync(join(folder, file), 'utf8');
    for (const [, specifier] of text.matchAll(/\b(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g)) {
      waiting.push(posix.join(posix.dirname(file), specifier!.replace(/\.[jt]s$/, '.d.ts')));
    }
  }
  for (const file of globSync('**/*.d.ts', { cwd: folder })) {
    if (!reached.has(file.replaceAll('\\', '/'))) rmSync(join(folder, file));
  }
}
