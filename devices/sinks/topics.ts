import { createHash } from 'node:crypto';
import { InputError } from '../../compiler/error.ts';
import { nearest } from '../../compiler/nearest.ts';

/** Topics of the JSON sink. */
export interface TopicOptions {
  /** What all topics begin with. */
  readonly prefix: string;
  /** With {prefix}, {node}, {device} and {kind}, which is `score` or `alarm`. */
  readonly template: string;
}

export const topicDefaults: TopicOptions = { prefix: 'sandglass', template: '{prefix}/{node}/{device}/{kind}' };

export type TopicKind = 'score' | 'alarm';

export interface Topics {
  readonly status: string;
  of(device: string, kind: TopicKind): string;
}

const names = ['prefix', 'node', 'device', 'kind'] as const;

/** Throws where the template cannot give each device topics of its own. */
export function topicsOf({ prefix, template }: TopicOptions, node: string, where: string): Topics {
  check(prefix, `${where}.prefix`);
  const parts = template.split(/\{([^{}]*)\}/);
  for (const name of parts.filter((_, index) => index % 2 === 1)) {
    if (names.some((known) => known === name)) continue;
    const near = nearest(name, names);
    throw invalid(`${where}.template`, `{${name}} is not known${near === null ? '' : `; did you mean {${near}}?`}`);
  }
  check(parts.filter((_, index) => index % 2 === 0).join(''), `${where}.template`);
  for (const needed of ['device', 'kind']) {
    if (!parts.some((part, index) => index % 2 === 1 && part === needed))
      throw invalid(`${where}.template`, `{${needed}} is missing in ${JSON.stringify(template)}`);
  }
  const fixed: Readonly<Record<string, string>> = { prefix, node: topicLevel(node) };
  return {
    status: `${prefix}/${topicLevel(node)}/status`,
    of: (device, kind) => {
      const values: Readonly<Record<string, string>> = { ...fixed, device: topicLevel(device), kind };
      return parts.map((part, index) => (index % 2 === 1 ? (values[part] ?? '') : part)).join('');
    },
  };
}

function check(text: string, where: string): void {
  const found = ['+', '#', '\0'].find((character) => text.includes(character));
  if (found !== undefined) throw invalid(where, `${JSON.stringify(found)} stands for other topics and cannot be part of one`);
}

const invalid = (where: string, what: string): InputError =>
  new InputError({ where, what, hint: `Write it like ${JSON.stringify(topicDefaults.template)}, with {${names.join('}, {')}}.` });

/** Bytes of a level beyond which the rest becomes a hash. A topic has 65,535 at most, and brokers less. */
const maxLevelBytes = 200;

/**
 * A name as one level of a topic: what MQTT reserves (/ + #), forbids or advises against (NUL, control characters, what is no character;
 * MQTT 5 section 1.5.4) and % become %XX. An empty name is "%"; of one too long the end is "%~" and a hash. Different names give different levels.
 */
export function topicLevel(name: string): string {
  if (name === '') return '%';
  const escaped = name.replaceAll(
    /[%/+#]|\p{Cc}|\p{Cs}|\p{Noncharacter_Code_Point}/gu,
    (character) => `%${character.codePointAt(0)!.toString(16).toUpperCase().padStart(2, '0')}`,
  );
  if (Buffer.byteLength(escaped) <= maxLevelBytes) return escaped;
  const hash = createHash('sha256').update(escaped).digest('hex').slice(0, 16);
  // A character that is cut in two becomes U+FFFD; the hash tells such names apart.
  return `${Buffer.from(escaped)
    .subarray(0, maxLevelBytes - 18)
    .toString()}%~${hash}`;
}
