/** Filters by level; a topic walks down all branches that fit. */
interface Branch<Value> {
  readonly literal: Map<string, Branch<Value>>;
  any: Branch<Value> | null;
  /** Of filters that end here. */
  readonly here: Value[];
  /** Of filters that go on with `#`. */
  readonly rest: Value[];
}

const branch = <Value>(): Branch<Value> => ({ literal: new Map(), any: null, here: [], rest: [] });

/** Finds what belongs to the filters that a topic fits, in time that grows with the levels and hardly with the filters. */
export class TopicTree<Value> {
  readonly #root = branch<Value>();

  /** `levels` of a filter: texts, `+`, `#`; a named level counts as `+`. */
  add(levels: readonly string[], value: Value): void {
    let at = this.#root;
    for (const level of levels) {
      if (level === '#') {
        at.rest.push(value);
        return;
      }
      if (isAny(level)) at = at.any ??= branch();
      else {
        const next = at.literal.get(level) ?? branch<Value>();
        at.literal.set(level, next);
        at = next;
      }
    }
    at.here.push(value);
  }

  /** MQTT 5, 4.7: `#` fits its parent too, and a wildcard at the first level no topic that begins with `$`. */
  find(levels: readonly string[]): Value[] {
    const found: Value[] = [];
    const wild = !levels[0]!.startsWith('$');
    walk(this.#root, levels, 0, wild, found);
    return found;
  }
}

function walk<Value>(at: Branch<Value>, levels: readonly string[], depth: number, wild: boolean, found: Value[]): void {
  if (depth > 0 || wild) found.push(...at.rest);
  if (depth === levels.length) {
    found.push(...at.here);
    return;
  }
  const next = at.literal.get(levels[depth]!);
  if (next !== undefined) walk(next, levels, depth + 1, wild, found);
  if (at.any !== null && (depth > 0 || wild)) walk(at.any, levels, depth + 1, wild, found);
}

const isAny = (level: string): boolean => level === '+' || level.startsWith('{');

/** Whether each topic that fits `narrow` fits `wide` too: then a broker needs to be told of `wide` alone. */
export function covers(wide: string, narrow: string): boolean {
  const [a, b] = [wide.split('/'), narrow.split('/')];
  // A wildcard at the first level does not reach topics that begin with $.
  if ((a[0] === '+' || a[0] === '#') && b[0]!.startsWith('$')) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] === '#') return true;
    if (i >= b.length || b[i] === '#') return false;
    if (a[i] !== '+' && a[i] !== b[i]) return false;
  }
  return a.length === b.length;
}

/** Without those that others cover: overlapping subscriptions may bring a message twice. */
export function leastFilters(filters: readonly string[]): readonly string[] {
  const unique = [...new Set(filters)];
  return unique.filter((filter) => !unique.some((other) => other !== filter && covers(other, filter)));
}
