/** Fields of one line: values that JSON can say, never a secret or a whole payload. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Where the parts of the agent say what happened: `what` is a short sentence that stays the same, `fields` are what changes. */
export interface Log {
  debug(what: string, fields?: LogFields): void;
  info(what: string, fields?: LogFields): void;
  warn(what: string, fields?: LogFields): void;
  error(what: string, fields?: LogFields): void;
}

/** Says nothing. */
export const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
