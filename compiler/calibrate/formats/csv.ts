import { parse } from 'csv-parse/sync';
import { InputError } from '../../error.ts';
import { parseNumber } from './number.ts';
import { arrange, besideOf, noSelection, unread, type Arrangement, type Selection } from './select.ts';
import type { Table } from './table.ts';
import { parseTime } from './time.ts';

/** Parsed at a time, so that the text of a large file never exists all at once. */
const chunkBytes = 4 << 20;
const [quote, lineFeed, carriageReturn] = [0x22, 0x0a, 0x0d];

/**
 * Rows of numbers in UTF-8. The delimiter (tab ; ,) is found from the first two lines; a header is a first row without any
 * number. Lines without quotes are read from their bytes (216 MB/s of rows of 640 numbers, where csv-parse
 * makes 15 MB/s), quoted ones by csv-parse. `selection` chooses columns by their names.
 */
export function readCsv(
  name: string,
  bytes: Uint8Array,
  _array: string | null = null,
  selection: Selection = noSelection,
): Table {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new InputError({ where: name, what: 'is UTF-16 text; expected UTF-8', hint: 'Save it again as "CSV UTF-8".' });
  }
  const text = bytes.subarray(first === 0xef && second === 0xbb && bytes[2] === 0xbf ? 3 : 0);
  const newline = text.includes(lineFeed) ? lineFeed : carriageReturn;
  const delimiter = findDelimiter(text, newline);
  const rows = new RowReader(name, delimiter, text.length, selection);
  for (let start = 0; start < text.length;) {
    const end = chunkEnd(text, start, newline);
    const chunk = text.subarray(start, end);
    if (chunk.includes(quote)) for (const record of parseQuoted(name, chunk, delimiter, rows.row)) rows.add(record);
    else addLines(rows, chunk, newline);
    start = end;
  }
  return rows.finish();
}

/** The first that cuts both lines into as many fields, quoted text aside: 1,5;2,5 has decimal commas. Else what the header has most of. */
function findDelimiter(text: Uint8Array, newline: number): string {
  const start = new TextDecoder().decode(text.subarray(0, 1 << 20)).replaceAll(/"[^"]*"/g, '');
  const [header = '', row = ''] = start.split(newline === lineFeed ? '\n' : '\r', 2);
  const delimiters = ['\t', ';', ','];
  return (
    delimiters.find(
      (delimiter) => fields(header, delimiter) > 1 && (row.trim() === '' || fields(header, delimiter) === fields(row, delimiter)),
    ) ?? delimiters.toSorted((a, b) => fields(header, b) - fields(header, a))[0]!
  );
}

const fields = (line: string, delimiter: string): number => line.split(delimiter).length;

/** Ends after a newline that is not quoted: one with an even number of quotes before it, doubled ones included. */
function chunkEnd(text: Uint8Array, start: number, newline: number): number {
  let isQuoted = false;
  for (let at = start, wanted = start + chunkBytes; ; wanted = at) {
    const found = text.indexOf(newline, wanted);
    const end = found < 0 ? text.length : found + 1;
    const part = text.subarray(at, end);
    for (let next = part.indexOf(quote); next >= 0; next = part.indexOf(quote, next + 1)) isQuoted = !isQuoted;
    if (!isQuoted || end === text.length) return end;
    at = end;
  }
}

function addLines(rows: RowReader, chunk: Uint8Array, newline: number): void {
  for (let from = 0; from < chunk.length;) {
    const found = chunk.indexOf(newline, from);
    const to = found < 0 ? chunk.length : found;
    rows.addLine(chunk, from, to);
    from = to + 1;
  }
}

function parseQuoted(name: string, chunk: Uint8Array, delimiter: string, rowsBefore: number): string[][] {
  try {
    return parse(new TextDecoder().decode(chunk), { delimiter, relax_column_count: true, skip_empty_lines: false, trim: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(
      {
        where: name,
        what: `is not readable CSV: ${reason.replace(/line (\d+)/, (_, line) => `row ${rowsBefore + Number(line)}`)}`,
        hint: 'Save it as plain comma-separated numbers.',
      },
      { cause },
    );
  }
}

/** Collects rows, and knows the row number that an editor shows. */
class RowReader {
  /** Rows so far, header included. */
  row = 0;
  readonly #name: string;
  readonly #delimiter: string;
  readonly #fileBytes: number;
  readonly #selection: Selection;
  #names: readonly string[] | null = null;
  #columns: number | null = null;
  #arrangement: Arrangement = { places: Int32Array.of(), kept: 0, names: null };
  readonly #beside: number[] = [];
  #firstDataRow = 1;
  #values = new Float32Array(0);
  #count = 0;
  #blankRow: number | null = null;

  constructor(name: string, delimiter: string, fileBytes: number, selection: Selection) {
    this.#name = name;
    this.#delimiter = delimiter;
    this.#fileBytes = fileBytes;
    this.#selection = selection;
  }

  /** The line at bytes[from, to), without quotes. Anything but the expected count of numbers is left to `add`, which explains it. */
  addLine(bytes: Uint8Array, from: number, to: number): void {
    if (this.#columns === null || this.#blankRow !== null || !this.#addNumbers(bytes, from, to, this.#columns)) {
      const line = new TextDecoder().decode(bytes.subarray(from, to));
      this.add(line.split(this.#delimiter).map((field) => field.trim()));
    } else this.row++;
  }

  #addNumbers(bytes: Uint8Array, from: number, to: number, columns: number): boolean {
    const delimiter = this.#delimiter.charCodeAt(0);
    const { places, kept } = this.#arrangement;
    // What is read beside the channels may be a date.
    if (this.#selection.beside.length > 0) return false;
    this.#reserve(kept);
    const values = this.#values;
    let column = 0;
    for (let start = from; start <= to; column++) {
      let end = start;
      while (end < to && bytes[end] !== delimiter) end++;
      if (column === columns) return false;
      const place = places[column]!;
      if (place >= 0) {
        const value = Math.fround(parseNumber(bytes, start, end));
        if (!Number.isFinite(value)) return false;
        values[this.#count + place] = value;
      }
      start = end + 1;
    }
    if (column !== columns) return false;
    this.#count += kept;
    return true;
  }

  add(record: readonly string[]): void {
    const row = this.row + 1;
    // A quoted field may go over several lines of the editor.
    this.row = row + record.reduce((lines, field) => lines + field.split('\n').length - 1, 0);
    if (record.length === 1 && record[0] === '') {
      this.#blankRow ??= row;
      return;
    }
    if (this.#blankRow !== null) throw this.#bad(`row ${this.#blankRow}`, 'is empty', 'Remove empty lines.');
    if (this.#columns === null) {
      this.#columns = record.length;
      const names = isHeader(record) ? record : null;
      this.#arrangement = arrange(this.#name, names, record.length, this.#selection);
      if (names !== null) {
        this.#names = names;
        this.#firstDataRow = this.row + 1;
        return;
      }
    }
    if (record.length !== this.#columns) {
      throw this.#bad(
        `row ${row}`,
        `has ${record.length} ${record.length === 1 ? 'column' : 'columns'}; the rows before it have ${this.#columns}`,
        'Mend or remove the row.',
      );
    }
    const { places, kept } = this.#arrangement;
    this.#reserve(kept);
    const beside = this.#beside.length;
    record.forEach((field, column) => {
      const place = places[column]!;
      if (place >= 0) this.#values[this.#count + place] = this.#number(field, row, column);
      else if (place !== unread) this.#beside[beside + besideOf(place)] = this.#numberOrTime(field, row, column);
    });
    this.#count += kept;
  }

  finish(): Table {
    if (this.#count === 0) {
      throw new InputError({
        where: this.#name,
        what: this.row === 0 ? 'is empty' : 'has no rows of numbers',
        hint: 'Give a file with one row of numbers per sample.',
      });
    }
    const first = this.#firstDataRow;
    const { beside } = this.#selection;
    return {
      data: this.#values.subarray(0, this.#count),
      columns: this.#arrangement.kept,
      names: this.#arrangement.names,
      beside: new Map(
        beside.map((name, i) => [name, Float64Array.from(this.#beside.filter((_, at) => at % beside.length === i))]),
      ),
      rowName: (row) => `row ${row + first}`,
    };
  }

  /** A time stamp in seconds since 1970, or a number as it is. */
  #numberOrTime(field: string, row: number, column: number): number {
    return parseTime(field) ?? this.#number(field, row, column);
  }

  #number(field: string, row: number, column: number): number {
    const value = isNumber(field) ? Number(field) : Number.NaN;
    if (Number.isFinite(Math.fround(value))) return value;
    const name = this.#names?.[column];
    if (this.#selection.gaps && (field === '' || notFinite.test(field))) return Number.NaN;
    const place = `row ${row}, column ${column + 1}${name === undefined ? '' : ` "${name}"`}`;
    if (field === '') throw this.#bad(place, 'is empty; expected a number', 'Fill the gap or remove the row.');
    if (isNumber(field)) throw this.#bad(place, `is ${field}; the largest f32 is 3.4e38`, 'Mend or remove the row.');
    if (notFinite.test(field)) {
      throw this.#bad(place, `is ${field}; values must be finite`, 'Remove the row, or find out why the sensor gave no value.');
    }
    if (decimalComma.test(field)) {
      throw this.#bad(place, `is "${field}"; expected a number with a decimal point`, 'Write 1.5 rather than 1,5.');
    }
    const text = field.slice(0, 40);
    if (/^\d+[-:/.]\d+[-:/.]\d/.test(field)) {
      throw this.#bad(
        place,
        `is a time stamp ("${text}"); expected a number`,
        `Say which column it is: --time ${name ?? 'NAME'}; or name the model's inputs with --channels.`,
      );
    }
    throw this.#bad(
      place,
      `is text ("${text}"); expected a number`,
      "Keep only the model's inputs: name them with --channels, or remove this column, or the row.",
    );
  }

  /** A number of a file takes some 8 bytes: begins with the likely count, so that large arrays are seldom copied. */
  #reserve(more: number): void {
    if (this.#count + more <= this.#values.length) return;
    const guess = this.#count === 0 ? Math.min(this.#fileBytes / 8, 1 << 24) : 1.5 * this.#values.length;
    const larger = new Float32Array(Math.max(Math.ceil(guess), this.#count + more));
    larger.set(this.#values.subarray(0, this.#count));
    this.#values = larger;
  }

  #bad(place: string, what: string, hint: string): InputError {
    return new InputError({ where: `${this.#name}, ${place}`, what, hint });
  }
}

const notFinite = /^[+-]?(nan|inf|infinity)$/i;
const decimalComma = /^[+-]?\d+,\d+$/;

const isNumber = (field: string): boolean => /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(field);

/** A row with one typo among its numbers is no header, or it would be lost in silence; nor is one of NaN. */
const isHeader = (record: readonly string[]): boolean =>
  record.some((field) => field !== '' && !notFinite.test(field)) &&
  !record.some((field) => isNumber(field) || decimalComma.test(field));
