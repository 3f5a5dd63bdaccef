export interface InputErrorParts {
  /** File + node, row, key or byte. */
  readonly where: string;
  /** What was expected and what was found, with values. */
  readonly what: string;
  /** One sentence on what to do. */
  readonly hint: string;
}

/** A mistake in what the user gave: a place, a fact and a way out. The CLI prints it without a stack trace and exits with 1. */
export class InputError extends Error {
  readonly where: string;
  readonly what: string;
  readonly hint: string;

  constructor(parts: InputErrorParts, options?: ErrorOptions) {
    super(`${parts.where}: ${parts.what}\n  ${parts.hint}`, options);
    this.name = 'InputError';
    this.where = parts.where;
    this.what = parts.what;
    this.hint = parts.hint;
  }
}

/** The end of an exhaustive `switch`: a type error if a case is missing, a plain error if the types were circumvented. */
export function unreachable(value: never): never {
  throw new Error(`internal: unexpected ${JSON.stringify(value)}`);
}
