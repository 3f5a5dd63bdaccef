/** Where a value stands in JSON: `temp`, `values.temp`, `sensors[2].value`. A key with a dot in it is looked for as it is first. */
export interface Path {
  readonly text: string;
  /** null: the text is a plain key. */
  readonly steps: readonly string[] | null;
}

export function readPath(text: string): Path {
  const steps = text.split(/[.[\]]+/).filter((step) => step !== '');
  return { text, steps: steps.length === 1 && steps[0] === text ? null : steps };
}

/** What stands there; undefined: nothing. Never what an object inherits. */
export function valueAt(object: object, path: Path): unknown {
  const direct: unknown = Reflect.get(object, path.text);
  // No prototype of what JSON gives holds a number: the usual case needs no further look.
  if (typeof direct === 'number' || (direct !== undefined && Object.hasOwn(object, path.text))) return direct;
  if (path.steps === null) return undefined;
  let value: unknown = object;
  for (const step of path.steps) {
    if (!isObject(value) || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
