import { InputError } from '../../error.ts';
import { nearest } from '../../nearest.ts';

/** Which columns of a file are read. */
export interface Selection {
  /** The channels by name, in this order; null: every column that is not read beside them. */
  readonly channels: readonly string[] | null;
  /** Columns that are read beside the channels: time stamps, labels. */
  readonly beside: readonly string[];
  /** Whether a value may be missing (an empty field, NaN): it is NaN then, else an error. */
  readonly gaps: boolean;
}

export const noSelection: Selection = { channels: null, beside: [], gaps: false };

/** Where each column of a file goes. */
export interface Arrangement {
  /** Per column: its place among the channels, `unread`, or which of those beside them it is (`besideOf`). */
  readonly places: Int32Array;
  /** Channels per row. */
  readonly kept: number;
  readonly names: readonly string[] | null;
}

export const unread = -1;

/** Which of the columns beside the channels a place below `unread` stands for. */
export const besideOf = (place: number): number => -2 - place;

/** Throws an InputError if a column that is wanted is not there, with the nearest name that is. */
export function arrange(
  file: string,
  header: readonly string[] | null,
  columns: number,
  { channels, beside }: Selection,
): Arrangement {
  if (header === null) {
    if (beside.length > 0) throw withoutHeader(file, beside[0]!);
    if (channels !== null && channels.length !== columns) throw withoutHeader(file, channels[0]!, columns);
    return { places: Int32Array.from({ length: columns }, (_, column) => column), kept: columns, names: channels };
  }
  const places = new Int32Array(columns).fill(unread);
  beside.forEach((name, i) => (places[find(file, header, name)] = -2 - i));
  const names = channels ?? header.filter((_, column) => places[column] === unread);
  if (channels === null) {
    let kept = 0;
    for (let column = 0; column < columns; column++) if (places[column] === unread) places[column] = kept++;
  } else channels.forEach((name, i) => (places[find(file, header, name)] = i));
  return { places, kept: names.length, names };
}

function find(file: string, header: readonly string[], name: string): number {
  const found = header.indexOf(name);
  if (found >= 0) return found;
  const similar = nearest(name, header);
  const list = header.length <= 12 ? header.join(', ') : `${header.slice(0, 12).join(', ')}, ...`;
  throw new InputError({
    where: file,
    what: `has no column "${name}"; its header names ${list}`,
    hint: similar === null ? 'Name a column of the file.' : `Did you mean "${similar}"?`,
  });
}

const withoutHeader = (file: string, name: string, columns?: number): InputError =>
  new InputError({
    where: file,
    what: `has no header${columns === undefined ? '' : ` and ${columns} columns`}, so that "${name}" cannot be found by its name`,
    hint: 'Write the names of the columns into the first row.',
  });
