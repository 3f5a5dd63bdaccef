import type { Format } from './define.ts';
import { numberOf, shown } from './number.ts';
import { placesOf, takeRows } from './places.ts';

/** The values of one sample in order; an array of such, or one on each line, are several. A number alone is a sample of one value. */
export const jsonArray: Format = {
  by: 'place',
  isSeries: false,
  options: ['textNumbers', 'columns'],
  says: ['time', 'sensor'],
  timeUnit: null,
  bind(wanted, options, json) {
    const places = placesOf(wanted, options);
    const numberAt = (value: unknown): number | undefined => numberOf(value, options.textNumbers);
    return (payload, taker) => {
      const { values, problem } = json.parse(payload);
      if (problem !== null) taker.refuse('malformed', () => problem);
      const rows: unknown[][] = [];
      for (const value of values) {
        if (!Array.isArray(value)) {
          if (typeof value === 'object' && value !== null)
            taker.refuse('malformed', () => `is ${shown(value)}; expected an array`);
          else rows.push([value]);
        } else if (Array.isArray(value[0])) {
          for (const row of value) {
            if (Array.isArray(row)) rows.push(row);
            else taker.refuse('malformed', () => `has ${shown(row)} among its samples; expected an array`);
          }
        } else rows.push(value);
      }
      takeRows(rows, places, numberAt, taker);
    };
  },
};
