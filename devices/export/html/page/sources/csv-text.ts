import type { Manifest } from '../../../../../runtime-js/artifact/manifest.ts';
import type { Recording } from './recording.ts';

/** What is wrong with a file, in words for whoever dropped it. */
export class CsvError extends Error {
  override readonly name = 'CsvError';
}

const listed = (names: readonly string[]): string => `${names.slice(0, 8).join(', ')}${names.length > 8 ? ', ...' : ''}`;

/**
 * A CSV file (comma, semicolon or tab; a header or none) as samples of the artifact's channels, found by their names where file and
 * artifact have some. An empty field or NaN is a value that is missing. Throws a CsvError that names row and column.
 */
export function readCsv(name: string, text: string, { input }: Manifest): Recording {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  while (lines.at(-1)?.trim() === '') lines.pop();
  if (lines.length === 0) throw new CsvError(`${name} is empty.`);
  const delimiter = delimiterOf(lines[0]!);
  const fieldsOf = (line: string): string[] => splitLine(line, delimiter);
  const first = fieldsOf(lines[0]!);
  const header = isHeader(first) ? first : null;
  const { places, time } = columnsOf(name, header, first.length, input);
  const firstRow = header === null ? 0 : 1;
  const rows = lines.length - firstRow;
  if (rows === 0) throw new CsvError(`${name} has a header and no rows.`);
  const values = new Float32Array(rows * places.length);
  const times = time === null ? null : new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const fields = fieldsOf(lines[row + firstRow]!);
    const place = `${name}, row ${row + firstRow + 1}`;
    if (fields.length !== first.length)
      throw new CsvError(`${place} has ${fields.length} columns; the rows before it have ${first.length}.`);
    places.forEach((column, channel) => {
      values[row * places.length + channel] = numberOf(
        fields[column]!,
        () => `${place}, ${header?.[column] ?? `column ${column + 1}`}`,
      );
    });
    if (times !== null) times[row] = timeOf(fields[time!]!, () => `${place}, ${header![time!]}`);
  }
  return { name, channels: places.length, values, times, marks: [], loose: false };
}

/** Where each channel stands in a row, and where the time does. */
function columnsOf(
  name: string,
  header: readonly string[] | null,
  columns: number,
  { channels, channelCount, time }: Manifest['input'],
): { readonly places: readonly number[]; readonly time: number | null } {
  const timeColumn = time === null || header === null ? -1 : header.indexOf(time);
  if (time !== null && timeColumn < 0) {
    const found = header === null ? 'has no header' : `has ${listed(header)}`;
    throw new CsvError(`${name} ${found}; the column of time stamps is "${time}".`);
  }
  const found = { time: timeColumn < 0 ? null : timeColumn };
  if (channels !== null && header !== null) {
    const missing = channels.filter((channel) => !header.includes(channel.name));
    if (missing.length > 0) {
      throw new CsvError(
        `${name} has no column ${listed(missing.map((channel) => `"${channel.name}"`))}; its header names ${listed(header)}.`,
      );
    }
    return { ...found, places: channels.map((channel) => header.indexOf(channel.name)) };
  }
  const places = Array.from({ length: columns }, (_, column) => column).filter((column) => column !== timeColumn);
  if (places.length !== channelCount) {
    throw new CsvError(`${name} has ${places.length} columns; the model takes ${channelCount}, in the order of its training.`);
  }
  return { ...found, places };
}

const delimiterOf = (line: string): string => [';', '\t', ','].find((candidate) => line.includes(candidate)) ?? ',';

/** A field in quotes may hold the delimiter; "" in it is a quote. */
function splitLine(line: string, delimiter: string): string[] {
  if (!line.includes('"')) return line.split(delimiter).map((text) => text.trim());
  const fields: string[] = [];
  let [text, quoted] = ['', false];
  for (let i = 0; i < line.length; i++) {
    const character = line[i]!;
    if (character === '"' && quoted && line[i + 1] === '"') text += line[++i];
    else if (character === '"') quoted = !quoted;
    else if (character === delimiter && !quoted) {
      fields.push(text.trim());
      text = '';
    } else text += character;
  }
  return [...fields, text.trim()];
}

const missing = /^[+-]?(nan|inf|infinity)?$/i;
const isNumber = (text: string): boolean => /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text);

const isHeader = (fields: readonly string[]): boolean =>
  fields.some((text) => !missing.test(text)) && !fields.some((text) => isNumber(text));

function numberOf(text: string, place: () => string): number {
  if (isNumber(text)) return Number(text);
  if (missing.test(text)) return NaN;
  const hint = /^[+-]?\d+,\d+$/.test(text) ? ' Write 1.5 rather than 1,5.' : '';
  throw new CsvError(`${place()} is "${text.slice(0, 40)}"; expected a number.${hint}`);
}

/** Seconds: a number as it is, or since 1970 of an ISO 8601 time stamp; one without a zone is UTC, as for `sandglass score`. */
function timeOf(text: string, place: () => string): number {
  if (isNumber(text)) return Number(text);
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(text.slice(10)) ? text : `${text}Z`;
  const milliseconds = Date.parse(text.length > 10 ? zoned.replace(' ', 'T') : text);
  if (Number.isNaN(milliseconds)) throw new CsvError(`${place()} is "${text.slice(0, 40)}"; expected a time stamp or seconds.`);
  return milliseconds / 1000;
}
