import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InputError } from '../../compiler/error.ts';
import { isHeader } from '../sources/csv-columns.ts';
import { delimiterOf, fieldsOf } from '../sources/csv-fields.ts';
import { LineCutter, linesOf } from '../sources/lines.ts';

/** A row of a recording: its fields in the order of the header. */
export interface Row {
  /** As an editor shows it. */
  readonly number: number;
  readonly fields: readonly string[];
}

/** A CSV file with a header, read row by row as often as wanted; `.gz` too. */
export interface Recording {
  readonly name: string;
  readonly header: readonly string[];
  rows(): AsyncIterable<Row>;
}

const maxLineBytes = 1 << 20;

/** Throws an InputError if there is no such file, or no header in it. */
export async function openRecording(path: string): Promise<Recording> {
  for await (const line of lines(path)) {
    const header = fieldsOf(line, delimiterOf(line)) ?? [];
    if (!isHeader(header)) break;
    return { name: path, header, rows: () => rowsOf(path, delimiterOf(line), header.length) };
  }
  throw new InputError({ where: path, what: 'has no header', hint: 'Put the names of its columns into the first row.' });
}

async function* rowsOf(path: string, delimiter: string, columns: number): AsyncGenerator<Row> {
  let number = 0;
  for await (const line of lines(path)) {
    number++;
    if (number === 1 || line.trim() === '') continue;
    const fields = fieldsOf(line, delimiter);
    if (fields?.length !== columns) {
      throw new InputError({
        where: `${path}, row ${number}`,
        what: fields === null ? 'has a quote that does not close' : `has ${fields.length} columns; the header has ${columns}`,
        hint: 'Mend or remove the row.',
      });
    }
    yield { number, fields };
  }
}

async function* lines(path: string): AsyncGenerator<string> {
  const cutter = new LineCutter(maxLineBytes);
  let isFirst = true;
  try {
    const file = createReadStream(path);
    for await (const chunk of /\.gz$/i.test(path) ? unzipped(file) : file) {
      for (const line of linesOf(cutter.push(chunk).bytes)) {
        const text = line.toString('utf8');
        yield isFirst ? text.replace(/^\uFEFF/, '') : text;
        isFirst = false;
      }
    }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new InputError(
      { where: path, what: `cannot be read (${code})`, hint: 'Check the path and its permissions.' },
      { cause },
    );
  }
  const last = cutter.end().bytes.toString('utf8');
  if (last !== '') yield last;
}

/** An error of the file does not go through a pipe by itself. */
function unzipped(file: Readable): Readable {
  const unzip = createGunzip();
  file.on('error', (error) => unzip.destroy(error));
  return file.pipe(unzip);
}
