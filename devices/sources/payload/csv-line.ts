import type { Format } from './define.ts';
import { textOf } from './json.ts';
import { numberOfText } from './number.ts';
import { placesOf, takeRows } from './places.ts';

/** Numbers with commas (or semicolons, tabs, blanks) between them, a sample per line; a number alone is a sample of one value. */
export const csvLine: Format = {
  by: 'place',
  isSeries: false,
  options: ['columns'],
  says: ['time', 'sensor'],
  timeUnit: null,
  bind(wanted, options) {
    const places = placesOf(wanted, options);
    return (payload, taker) => {
      const text = textOf(payload);
      if (text === null) taker.refuse('malformed', () => 'is not UTF-8');
      else {
        const rows = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [fieldsOf(line.trim())]));
        if (rows.length === 0) taker.refuse('malformed', () => 'is empty');
        takeRows(rows, places, numberAt, taker);
      }
    };
  },
};

const numberAt = (value: unknown): number | undefined => (typeof value === 'string' ? numberOfText(value) : undefined);

/** 1,5;2,5 has decimal commas, which are no numbers here; a time of day may hold a blank, so that is a delimiter only without others. */
const fieldsOf = (line: string): string[] => {
  const delimiter = [';', '\t', ','].find((candidate) => line.includes(candidate));
  return delimiter === undefined ? line.split(/ +/) : line.split(delimiter).map((field) => field.trim());
};
