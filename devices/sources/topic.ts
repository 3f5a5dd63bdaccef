import { InputError } from '../../compiler/error.ts';
import { nearest } from '../../compiler/nearest.ts';

/** A pattern of topics, read: `site/+/pump/{sensor}/vibration`. */
export interface TopicPattern {
  readonly text: string;
  /** What is subscribed to: each named level is a `+`. */
  readonly filter: string;
  readonly levels: readonly string[];
  /** Names of the named levels and where each stands. */
  readonly names: ReadonlyMap<string, number>;
}

/** MQTT 5, 1.5.4: a topic is a string of at most this many bytes of UTF-8. */
const maxTopicBytes = 65_535;

/**
 * Reads a pattern: levels between `/`, each a text, `+` (any one level), `{name}` (any one level, which has that name from then on),
 * or at the end `#` (all that follows, also nothing). `where` is its place in the config. Throws an InputError with the right thing.
 */
export function readPattern(text: string, where: string): TopicPattern {
  const bad = (what: string, hint: string): InputError => new InputError({ where, what: `pattern "${text}" ${what}`, hint });
  if (text === '') throw bad('is empty', 'Write the topics that sensors publish to: plant/{sensor}/vibration.');
  if (text.includes('\0') || Buffer.byteLength(text) > maxTopicBytes) throw bad('is no MQTT topic', 'Mend it.');
  if (text.startsWith('$share/')) {
    const plain = text.split('/').slice(2).join('/') || 'plant/{sensor}';
    throw bad('is a shared subscription', `A window needs all samples of its sensor: write "${plain}".`);
  }
  const levels = text.split('/');
  const names = new Map<string, number>();
  levels.forEach((level, at) => {
    const problem = problemOf(level, at === levels.length - 1);
    if (problem !== null) {
      const mended = levels.map((other, i) => (i === at ? problem.write : other)).join('/');
      throw bad(problem.what, `Write "${mended}".`);
    }
    const name = nameOf(level);
    if (name === null) return;
    if (names.has(name)) throw bad(`has two levels {${name}}`, `Give the second one another name, or write + for it.`);
    names.set(name, at);
  });
  return { text, filter: levels.map((level) => (nameOf(level) === null ? level : '+')).join('/'), levels, names };
}

const namedLevel = /^\{([A-Za-z_][\w-]*)\}$/;

const nameOf = (level: string): string | null => namedLevel.exec(level)?.[1] ?? null;

/** What is wrong with one level, and what to write in its place; null: nothing. */
function problemOf(level: string, isLast: boolean): { readonly what: string; readonly write: string } | null {
  if (level === '#') return isLast ? null : { what: 'has a # that is not the last level', write: '+' };
  if (level === '+' || nameOf(level) !== null) return null;
  if (level === '*' || level === '**') {
    return { what: `has the level "${level}", which means nothing in MQTT`, write: level === '**' && isLast ? '#' : '+' };
  }
  if (level.includes('#')) return { what: `has a # within the level "${level}"`, write: isLast ? '#' : '+' };
  if (level.includes('+')) return { what: `has a + within the level "${level}"`, write: '+' };
  if (!/[{}]/.test(level)) return null;
  const inner = /([A-Za-z_][\w-]*)/.exec(level.replace(/^[^{]*\{?/, ''))?.[1] ?? 'sensor';
  return { what: `has the level "${level}", and a named level is {name} alone`, write: `{${inner}}` };
}

/** A text with `{name}`s that a topic fills: `{site}/{sensor}`. Texts and levels by turns, text first. */
export interface Template {
  readonly texts: readonly string[];
  readonly levels: readonly number[];
}

/** Reads a template for the levels that a pattern names. Throws an InputError with the nearest name. */
export function readTemplate(text: string, pattern: TopicPattern, where: string): Template {
  const parts = text.split(/\{([^{}]*)\}/);
  const names = parts.filter((_, i) => i % 2 === 1);
  const texts = parts.filter((_, i) => i % 2 === 0);
  const hint = (name: string): string => {
    const known = [...pattern.names.keys()];
    const similar = nearest(name, known);
    if (similar !== null) return `Did you mean {${similar}}?`;
    if (known.length > 0) return `Its named levels are ${known.map((each) => `{${each}}`).join(', ')}.`;
    return `Name a level of the pattern: write {${name || 'sensor'}} for a + in it.`;
  };
  if (texts.some((part) => /[{}]/.test(part))) {
    throw new InputError({ where, what: `"${text}" has a brace without its other one`, hint: 'Write names as {sensor}.' });
  }
  const unknown = names.find((name) => !pattern.names.has(name));
  if (unknown !== undefined) {
    throw new InputError({
      where,
      what: `"${text}" names {${unknown}}, which pattern "${pattern.text}" does not have`,
      hint: hint(unknown),
    });
  }
  return { texts, levels: names.map((name) => pattern.names.get(name)!) };
}

/** What a template says of a topic. `levels`: the topic's own. */
export const fill = ({ texts, levels }: Template, topic: readonly string[]): string =>
  texts.reduce((filled, text, i) => filled + topic[levels[i - 1]!]! + text);
