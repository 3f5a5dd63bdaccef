import { parse } from 'csv-parse/sync';
import { InputError } from '../../error.ts';

/** A recording, as a list of labels names it. */
export interface FileLabel {
  readonly file: string;
  /** 1: abnormal. */
  readonly label: 0 | 1;
  /** Where it stands in the list, as an editor counts. */
  readonly row: number;
}

/**
 * A CSV with the columns file and label (0 or 1), and perhaps others, as MLPerf Tiny and DCASE score recordings: one label each. Throws an
 * InputError that names the row at fault.
 */
export function readFileLabels(name: string, bytes: Uint8Array): FileLabel[] {
  const [header = [], ...rows] = records(name, bytes);
  const columns = { file: header.indexOf('file'), label: header.indexOf('label') };
  if (columns.file < 0 || columns.label < 0) {
    throw new InputError({
      where: name,
      what: `has no header with the columns file and label; its first row is "${header.join(',').slice(0, 60)}"`,
      hint: 'Write file,label into the first row, then a row per recording: pump-07.csv,1.',
    });
  }
  if (rows.length === 0) {
    throw new InputError({ where: name, what: 'names no files', hint: 'Write a row per recording: pump-07.csv,1.' });
  }
  const seen = new Map<string, number>();
  return rows.map((fields, i) => {
    const [file = '', text = ''] = [fields[columns.file], fields[columns.label]];
    const row = i + 2;
    const bad = (what: string, hint: string): InputError => new InputError({ where: `${name}, row ${row}`, what, hint });
    if (file === '') throw bad('names no file', 'Write the name of a recording, or remove the row.');
    if (text !== '0' && text !== '1') {
      throw bad(`has the label "${text}" for ${file}; expected 0 or 1`, 'Write 0 for a normal recording, 1 for an abnormal one.');
    }
    if (seen.has(file)) throw bad(`names ${file}, as row ${seen.get(file)} does`, 'Keep one of them.');
    seen.set(file, row);
    return { file, label: text === '1' ? 1 : 0, row };
  });
}

function records(name: string, bytes: Uint8Array): string[][] {
  const text = new TextDecoder().decode(bytes);
  const header = text.split('\n', 1)[0]!;
  try {
    return parse(text, {
      delimiter: ['\t', ';'].find((delimiter) => header.includes(delimiter)) ?? ',',
      bom: true,
      trim: true,
      relax_column_count: true,
      skip_empty_lines: false,
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(
      { where: name, what: `is not readable CSV: ${reason}`, hint: 'Save it as plain text: file,label.' },
      { cause },
    );
  }
}
