import type { FilePosition } from './file-tail.ts';

/** Where a CSV file is read on after a restart; JSON. */
export interface CsvMark {
  readonly position: FilePosition;
  /** Rows before it. */
  readonly row: number;
  /** The header that counts; null: the first line of the file. */
  readonly header: string | null;
}

/** null: it is none, or not as this version writes it. */
export function parseMark(text: string | null): CsvMark | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isMark(value) ? value : null;
  } catch {
    return null;
  }
}

function isMark(value: unknown): value is CsvMark {
  if (!isObject(value) || !isObject(value['position'])) return false;
  const { identity, offset } = value['position'];
  const { row, header } = value;
  return (
    isObject(identity) &&
    typeof identity['inode'] === 'string' &&
    typeof identity['head'] === 'string' &&
    [identity['headBytes'], offset, row].every((count) => Number.isSafeInteger(count)) &&
    (header === null || typeof header === 'string')
  );
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
