import { parse } from 'csv-parse/sync';

/** What has most of them in the header: tab, semicolon or comma. */
export function delimiterOf(header: string): string {
  const bare = header.replaceAll(/"[^"]*"/g, '');
  const count = (delimiter: string): number => bare.split(delimiter).length;
  return ['\t', ';', ','].toSorted((a, b) => count(b) - count(a))[0]!;
}

/** Fields of one line, without the blanks around them; null: its quotes do not close. A quoted field may hold delimiters, but no line feed. */
export function fieldsOf(line: string, delimiter: string): string[] | null {
  if (!line.includes('"')) return line.split(delimiter).map((field) => field.trim());
  try {
    const records: string[][] = parse(line, { delimiter, trim: true, relax_quotes: true, relax_column_count: true });
    return records[0] ?? [];
  } catch {
    return null;
  }
}
