import { spawnSync } from 'node:child_process';
import { firstMissing } from '../../browsers/expected.ts';

/** Why payloads cannot be decoded independently here, or null. In CI it throws instead. */
export const missingProtoc = (): string | null => firstMissing(['/usr/bin/protoc'], 'apt-get install protobuf-compiler');

/** A message as protoc prints it: field -> its values in order; numbers as text, so that 64 bits stay exact. */
export interface Printed {
  readonly [field: string]: readonly (string | Printed)[];
}

const folder = import.meta.dirname;

/** Decodes payloads by protoc alone: nothing of ours reads them. */
export function decodeByProtoc(payloads: readonly Uint8Array[]): readonly Printed[] {
  const capture = Buffer.concat(payloads.flatMap((payload) => [Buffer.from([0x0a]), length(payload.length), payload]));
  const printed = protoc('--decode', 'Capture', capture).toString();
  return (parseText(printed)['payloads'] ?? []).map((payload) => (typeof payload === 'string' ? {} : payload));
}

/** Encodes a payload that is written as protobuf text: `seq: 0 metrics { name: "a" }`. */
export const encodeByProtoc = (text: string): Uint8Array => protoc('--encode', 'Payload', Buffer.from(text));

function protoc(verb: string, message: string, input: Buffer): Buffer {
  const words = [`${verb}=org.eclipse.tahu.protobuf.${message}`, '-I', folder, 'sparkplug.proto'];
  const { status, stdout, stderr } = spawnSync('/usr/bin/protoc', words, { input, maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`protoc: ${stderr.toString()}`);
  return stdout;
}

function length(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** Reads protobuf text as protoc prints it: one field, or one bracket, per line. */
function parseText(text: string): Printed {
  const root: Record<string, (string | Printed)[]> = {};
  const stack = [root];
  for (const line of text.split('\n')) {
    const top = stack.at(-1)!;
    const opened = /^\s*(\w+) \{$/.exec(line)?.[1];
    const [, field, value] = /^\s*(\w+): (.*)$/.exec(line) ?? [];
    if (opened !== undefined) {
      const message: Record<string, (string | Printed)[]> = {};
      (top[opened] ??= []).push(message);
      stack.push(message);
    } else if (field !== undefined && value !== undefined) (top[field] ??= []).push(unquote(value));
    else if (line.trim() === '}') stack.pop();
  }
  return root;
}

/** C escapes, octal for what is not ASCII. */
function unquote(value: string): string {
  if (!value.startsWith('"')) return value;
  const names: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', "'": "'", '\\': '\\' };
  const bytes = value
    .slice(1, -1)
    .replaceAll(/\\([0-7]{3}|.)/g, (_, code: string) => names[code] ?? String.fromCharCode(Number.parseInt(code, 8)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
