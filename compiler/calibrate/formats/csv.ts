import { parse } from 'csv-parse/sync';
import { InputError } from '../../error.ts';
import type { Table } from './table.ts';

/** Text parsed at a time, so that the fields of a large file never exist all at once. */
const chunkCharacters = 4 << 20;

/** Rows of numbers; the delimiter (, ; tab) is found from the first line, a header is a first line with text in it. */
export function readCsv(name: string, bytes: Uint8Array): Table {
  const text = new TextDecoder().decode(bytes).replace(/^\uFEFF/, '');
  const firstLine = /^[^\r\n]*/.exec(text)![0];
  const delimiter = [',', ';', '\t'].toSorted((a, b) => firstLine.split(b).length - firstLine.split(a).length)[0]!;
  const rows = new RowReader(name);
  for (let start = 0; start < text.length;) {
    const newline = start + chunkCharacters >= text.length ? text.length : text.indexOf('\n', start + chunkCharacters);
    const end = newline < 0 ? text.length : newline + 1;
    for (const record of parseChunk(name, text.slice(start, end), delimiter)) rows.add(record);
    start = end;
  }
  return rows.finish();
}

function parseChunk(name: string, text: string, delimiter: string): string[][] {
  try {
    return parse(text, { delimiter, relax_column_count: true, skip_empty_lines: false, trim: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(
      { where: name, what: `is not readable CSV: ${reason}`, hint: 'Save it as plain comma-separated numbers.' },
      { cause },
    );
  }
}

/** Collects rows, and knows the row number that an editor shows. */
class RowReader {
  readonly #name: string;
  #row = 0;
  #names: readonly string[] | null = null;
  #columns: number | null = null;
  #firstDataRow = 1;
  #values = new Float32Array(1 << 16);
  #count = 0;
  #blankRow: number | null = null;

  constructor(name: string) {
    this.#name = name;
  }

  add(record: readonly string[]): void {
    this.#row++;
    if (record.length === 1 && record[0] === '') {
      this.#blankRow ??= this.#row;
      return;
    }
    if (this.#blankRow !== null) throw this.#bad(`row ${this.#blankRow}`, 'is empty', 'Remove empty lines.');
    if (this.#columns === null) {
      this.#columns = record.length;
      if (record.some((field) => field !== '' && !isNumber(field)) && this.#row === 1) {
        this.#names = record;
        this.#firstDataRow = 2;
        return;
      }
    }
    if (record.length !== this.#columns) {
      throw this.#bad(
        `row ${this.#row}`,
        `has ${record.length} columns; the rows before it have ${this.#columns}`,
        'Mend or remove the row.',
      );
    }
    this.#reserve(record.length);
    record.forEach((field, column) => (this.#values[this.#count++] = this.#number(field, column)));
  }

  finish(): Table {
    if (this.#count === 0) {
      throw new InputError({
        where: this.#name,
        what: this.#row === 0 ? 'is empty' : 'has no rows of numbers',
        hint: 'Give a file with one row of numbers per sample.',
      });
    }
    const first = this.#firstDataRow;
    return {
      data: this.#values.slice(0, this.#count),
      columns: this.#columns,
      names: this.#names,
      rowName: (row) => `row ${row + first}`,
    };
  }

  #number(field: string, column: number): number {
    const value = isNumber(field) ? Number(field) : Number.NaN;
    if (Number.isFinite(Math.fround(value))) return value;
    const name = this.#names?.[column];
    const place = `row ${this.#row}, column ${column + 1}${name === undefined ? '' : ` "${name}"`}`;
    if (field === '') throw this.#bad(place, 'is empty; expected a number', 'Fill the gap or remove the row.');
    if (/^[+-]?(nan|inf|infinity)$/i.test(field) || isNumber(field)) {
      throw this.#bad(place, `is ${field}; values must be finite`, 'Remove the row, or find out why the sensor gave no value.');
    }
    const label = /[-:/T].*\d/.test(field) ? 'a time stamp' : 'text';
    throw this.#bad(
      place,
      `is ${label} ("${field.slice(0, 40)}"); expected a number`,
      "Keep only the model's inputs: remove this column, or the row.",
    );
  }

  #reserve(more: number): void {
    if (this.#count + more <= this.#values.length) return;
    const larger = new Float32Array(Math.max(2 * this.#values.length, this.#count + more));
    larger.set(this.#values);
    this.#values = larger;
  }

  #bad(place: string, what: string, hint: string): InputError {
    return new InputError({ where: `${this.#name}, ${place}`, what, hint });
  }
}

const isNumber = (field: string): boolean => /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(field);
