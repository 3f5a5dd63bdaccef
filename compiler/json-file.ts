import { z } from 'zod';
import { InputError } from './error.ts';
import { nearest } from './nearest.ts';

/** JSON of a file that people write. Throws an InputError that names the place where it breaks off. */
export function parseJsonFile(file: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError({ where: file, what: `is not JSON: ${reason}`, hint: 'Mend the place that it names.' }, { cause });
  }
}

/**
 * What a schema makes of a value. Throws an InputError that points at the key. `path`: where the value stands in the file; `hint`: where
 * the keys are described.
 */
export function checkJson<T>(file: string, path: readonly PropertyKey[], value: unknown, schema: z.ZodType<T>, hint: string): T {
  const [problem] = problemsOf(schema, value) ?? [];
  if (problem === undefined) return schema.parse(value);
  const [unknown] = problem.unknown;
  if (unknown !== undefined) throw unknownKey(file, path, problem.path, unknown, schema);
  const found = problem.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
  throw new InputError({
    where: place(file, [...path, ...problem.path]),
    what:
      found === undefined ? `is missing; ${problem.message}` : `is ${JSON.stringify(found)?.slice(0, 80)}; ${problem.message}`,
    hint,
  });
}

function unknownKey(
  file: string,
  before: readonly PropertyKey[],
  path: readonly PropertyKey[],
  unknown: string,
  schema: z.ZodType,
): InputError {
  const known = keysAt(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), path);
  const similar = nearest(unknown, known);
  const there = path.length === 0 ? 'At the top there are' : 'There are';
  return new InputError({
    where: place(file, [...before, ...path, unknown]),
    what: 'is no key that sandglass knows',
    hint: similar === null ? `${there}: ${known.join(', ')}.` : `Did you mean "${similar}"?`,
  });
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Names of the keys that an object at a place may have, whichever of several forms it has. */
function keysAt(schema: JsonSchema, path: readonly PropertyKey[]): string[] {
  let places = formsOf(schema);
  for (const key of path) {
    places = places.flatMap(({ properties, items }) => {
      const inner = typeof key === 'number' ? items : properties?.[String(key)];
      return typeof inner === 'object' && !Array.isArray(inner) ? formsOf(inner) : [];
    });
  }
  return [...new Set(places.flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

const formsOf = (schema: JsonSchema): JsonSchema[] => [
  schema,
  ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((form) => formsOf(form)),
];

/** 'sandglass.json, key "channels[1].name"' */
export function place(file: string, path: readonly PropertyKey[]): string {
  if (path.length === 0) return file;
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return `${file}, key "${text.replace(/^\./, '')}"`;
}

/** What is wrong with a value that the schema refuses, place by place; null: nothing. */
function problemsOf(schema: z.ZodType, value: unknown): readonly Problem[] | null {
  const { error } = schema.safeParse(value);
  return error === undefined ? null : error.issues.flatMap(flatten);
}

/** A place in the file, and what is wrong there. */
interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Keys that nobody knows, where that is the problem. */
  readonly unknown: readonly string[];
}

/** Of a union, the branch that came furthest says what is wrong. */
function flatten(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'invalid_union') {
    const branch = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0] ?? [];
    if (depth(branch) > 0 || branch.some(({ code }) => code === 'unrecognized_keys'))
      return branch.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue));
    const expected = issue.errors.flatMap((inner) => inner.map((one) => (one.code === 'invalid_type' ? one.expected : '')));
    return [{ path: issue.path, message: `expected ${[...new Set(expected)].filter(Boolean).join(' or ')}`, unknown: [] }];
  }
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [];
  return [{ path: issue.path, message: describe(issue), unknown }];
}

const depth = (issues: readonly z.core.$ZodIssue[]): number => Math.max(0, ...issues.map(({ path }) => path.length));

function describe(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${issue.expected === 'int' ? 'a whole number' : issue.expected}`;
    case 'invalid_value':
      return `expected one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `expected ${issue.origin === 'array' || issue.origin === 'string' ? 'at least one entry' : `a number ${issue.inclusive === true ? 'from' : 'above'} ${issue.minimum}${issue.inclusive === true ? ' on' : ''}`}`;
    default:
      return issue.message;
  }
}
