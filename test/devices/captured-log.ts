import type { Log, LogFields } from '../../devices/log.ts';

export interface CapturedLog extends Log {
  /** A line per call: level, sentence, fields as JSON. */
  readonly lines: readonly string[];
}

export function captureLog(): CapturedLog {
  const lines: string[] = [];
  const at =
    (level: string) =>
    (what: string, fields: LogFields = {}) =>
      void lines.push(`${level} ${what} ${JSON.stringify(fields)}`);
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Settles when it is so; rejected after 10 s, with what the log says. */
export async function eventually(isSo: () => boolean, log?: CapturedLog): Promise<void> {
  const end = performance.now() + 10_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`not so after 10 s\n${log?.lines.join('\n') ?? ''}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
