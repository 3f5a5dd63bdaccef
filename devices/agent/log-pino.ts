import { fstatSync } from 'node:fs';
import { destination, pino, stdTimeFunctions } from 'pino';
import { createColors } from 'picocolors';
import type { Log, LogFields } from '../log.ts';
import { plain } from '../plain.ts';
import { hideSecrets, hideSecretsIn } from './redact.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  /** What is less than that is not said. */
  readonly level: LogLevel;
  /** `text`: a line to read. `json`: one JSON object a line (time, level, what, and the fields). */
  readonly form: 'text' | 'json';
}

export const logDefaults: LogOptions = { level: 'info', form: 'text' };

/** Where lines go, whole and at once. */
export interface LogTarget {
  write(line: string): void;
  readonly isTerminal: boolean;
  /** systemd's journal: it knows the time itself, and takes the level from `<4>` at the beginning of a line. */
  readonly isJournal: boolean;
}

/** A log whose level can be changed while it runs. */
export interface AgentLog extends Log {
  level: LogLevel;
}

/** Lines are written before a call returns, so that the last one before an exit is not lost. */
export function openLog(options: LogOptions = logDefaults, target: LogTarget = standardError()): AgentLog {
  const sink = options.form === 'json' ? target : { write: (line: string) => target.write(textOf(line, target)) };
  const logger = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'what',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }), log: hideSecretsIn },
    },
    sink,
  );
  const say =
    (level: LogLevel) =>
    (what: string, fields: LogFields = {}): void =>
      logger[level](fields, hideSecrets(what));
  return {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    get level() {
      return logLevels.find((level) => level === logger.level) ?? 'info';
    },
    set level(level) {
      logger.level = level;
    },
  };
}

/** Standard error of this process. A log that nobody reads any more is no reason to end. */
function standardError(): LogTarget {
  const stream = destination({ fd: 2, sync: true });
  stream.on('error', () => {});
  return {
    write: (line) => void stream.write(line),
    isTerminal: process.stderr.isTTY === true && !process.env['NO_COLOR'],
    isJournal: isJournal(process.env['JOURNAL_STREAM']),
  };
}

/** systemd names the socket that it gave a service as standard error (systemd.exec(5), $JOURNAL_STREAM). */
function isJournal(stream: string | undefined): boolean {
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(2);
    return stream === `${dev}:${ino}`;
  } catch {
    // Standard error is closed.
    return false;
  }
}

type Paint = (text: string) => string;

/** sd-daemon(3): the numbers of syslog. */
const priorities: Readonly<Record<LogLevel, number>> = { error: 3, warn: 4, info: 6, debug: 7 };

/** `2026-07-30T12:00:00.000Z warn  refused  reason=malformed detail="..."` of pino's JSON line. */
function textOf(line: string, { isTerminal, isJournal: inJournal }: LogTarget): string {
  const { dim, red, yellow, cyan } = createColors(isTerminal);
  const tones: Readonly<Record<LogLevel, Paint>> = { error: red, warn: yellow, info: cyan, debug: dim };
  // Made by pino a moment ago, of `LogFields`.
  const { time, level, what, ...fields } = JSON.parse(line) as Record<string, unknown> & { readonly level: LogLevel };
  const rest = Object.entries(fields).map(([name, value]) => `${dim(`${name}=`)}${readable(value)}`);
  const text = [plain(String(what)), ...rest].join(' ');
  if (inJournal) return `<${priorities[level]}>${text}\n`;
  return `${dim(String(time))} ${tones[level](level.padEnd(5))} ${text}\n`;
}

/** In quotes where a reader could not tell where it ends. */
function readable(value: unknown): string {
  const text = plain(String(value));
  return text === '' || /[\s"=]/.test(text) ? `"${text.replaceAll('"', '\\"')}"` : text;
}
