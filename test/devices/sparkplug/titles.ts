import { globSync, readFileSync } from 'node:fs';

/** Title of a test, without the ids behind it -> the ids. */
export function titlesOfTests(): ReadonlyMap<string, readonly string[]> {
  const titles = new Map<string, readonly string[]>();
  for (const file of globSync('*.test.ts', { cwd: import.meta.dirname }).toSorted()) {
    const text = readFileSync(`${import.meta.dirname}/${file}`, 'utf8');
    for (const [, title, ids] of text.matchAll(/^\s*(?:test(?:\.\w+\(.*\))?\(\s*)?'(.+) \((tck-id-[^']+)\)',/gm)) {
      titles.set(
        title!,
        ids!.split(', ').map((id) => id.replace(/^tck-id-/, '')),
      );
    }
  }
  return titles;
}
