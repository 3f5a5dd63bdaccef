import { InputError } from '../error.ts';
import { readCsv } from './formats/csv.ts';
import { gunzip } from './formats/gzip.ts';
import { readNpy } from './formats/npy.ts';
import { readNpz } from './formats/npz.ts';
import { readRaw } from './formats/raw.ts';
import { noSelection, type Selection } from './formats/select.ts';
import type { Table } from './formats/table.ts';

/** Windows as the model takes them. */
export interface Windows {
  /** The file, for errors. */
  readonly name: string;
  /** f32[count x size], row-major */
  readonly data: Float32Array;
  readonly count: number;
  readonly size: number;
  /** Names of the channels: of the columns of a CSV header. */
  readonly columns: readonly string[] | null;
  /** Values per sample; all of a window, where it is left out. */
  readonly channels?: number;
  /** Samples between the starts of two windows; as many as a window has, where it is left out. */
  readonly hop?: number;
  /** Windows that are the steps of one sequence, behind which the next one begins; all, where it is left out. */
  readonly sequence?: number;
}

export interface WindowOptions {
  /** Values per window; null: a row is a window, or `samples` rows are. */
  readonly size: number | null;
  /** Samples per window, if they are known; checked against `size`. */
  readonly samples?: number | null;
  /** Samples (rows; of a stream without rows: values) between the starts of two windows; null: windows do not overlap. */
  readonly hop: number | null;
  /** Windows are steps: a row that is as long as several of them is a sequence of its own. */
  readonly steps?: boolean;
  /** Which columns are channels; all by default. */
  readonly selection?: Selection;
}

/** Of overlapping windows, which are copied. */
const maxValues = 2 ** 30;

/** A reader may be given the name of one array in the file: data.npz:normal. */
const readers: Readonly<Record<string, (name: string, bytes: Uint8Array, array: string | null, selection: Selection) => Table>> =
  {
    csv: readCsv,
    tsv: readCsv,
    txt: readCsv,
    npy: readNpy,
    npz: readNpz,
    bin: readRaw,
    f32: readRaw,
    raw: readRaw,
  };

/**
 * Reads sensor data and cuts it into windows: a row that is as long as a window is one; of narrower rows, or of a plain
 * stream of values, a window is `size` values, every `hop` rows. What does not fill a last window is left out. Files
 * that end in .gz are unpacked. Throws an InputError that names the row and column at fault.
 */
export function readWindows(file: SampleFile, options: WindowOptions): Windows {
  return readWindowsBeside(file, options).windows;
}

/** The same, and the columns that the selection wants beside the channels, a value per row of the file. */
export function readWindowsBeside(
  file: SampleFile,
  options: WindowOptions,
): { readonly windows: Windows; readonly beside: Table['beside'] } {
  const table = readSamples(file, options.selection ?? noSelection);
  checkFinite(file.name, table);
  return { windows: cut(file.name, table, options), beside: table.beside };
}

/** Windows of several recordings; none goes from one into the next. Throws an InputError if they do not go together. */
export function joinWindows(parts: readonly Windows[]): Windows {
  const [first, ...others] = parts as [Windows, ...Windows[]];
  if (others.length === 0) return first;
  for (const other of others) {
    if (other.size === first.size && other.channels === first.channels && other.sequence === first.sequence) continue;
    throw new InputError({
      where: other.name,
      what: `has ${other.channels ?? other.size} columns where ${first.name} has ${first.channels ?? first.size}`,
      hint: 'Give recordings of the same channels, or name those to read with --channels.',
    });
  }
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const data = new Float32Array(count * first.size);
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { ...first, name: `${first.name} and ${others.length} more`, data, count };
}

export interface SampleFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Samples as they come, a row each; values may be NaN where the selection allows gaps. Throws an InputError. */
export function readSamples(file: SampleFile, selection: Selection): Table {
  const { name } = file;
  if (file.bytes.length === 0) throw new InputError({ where: name, what: 'is empty', hint: 'Give a file with recorded data.' });
  const { path, array } = splitArrayName(name);
  const isCompressed = /\.gz$/i.test(path);
  const extension = kindOf(path);
  const read = Object.hasOwn(readers, extension) ? readers[extension] : undefined;
  if (read === undefined) {
    throw new InputError({
      where: name,
      what: `is of an unknown kind (${extension === '' ? 'no extension' : `".${extension}"`})`,
      hint: `Name it by its content: ${Object.keys(readers)
        .map((known) => `.${known}`)
        .join(', ')} (each also with .gz).`,
    });
  }
  return read(name, isCompressed ? gunzip(name, file.bytes) : file.bytes, array, selection);
}

/** Whether a file of this name is one that `readSamples` reads. */
export const isSampleFile = (path: string): boolean => Object.hasOwn(readers, kindOf(path));

/** The last extension, .gz apart. */
const kindOf = (path: string): string => /\.([^./\\]+)$/.exec(path.replace(/\.gz$/i, ''))?.[1]?.toLowerCase() ?? '';

/** The file and the array of "data.npz:normal"; other names are a file as a whole. */
export function splitArrayName(name: string): { readonly path: string; readonly array: string | null } {
  const [, path, array] = /^(.+\.npz(?:\.gz)?):([^/\\]+)$/i.exec(name) ?? [];
  return path === undefined || array === undefined ? { path: name, array: null } : { path, array };
}

/** Windows of samples that are in memory, in order. */
function cut(name: string, table: Table, options: WindowOptions): Windows {
  const { hop, steps = false, samples = null } = options;
  const columns = table.columns ?? 1;
  const wanted = options.size ?? (samples === null ? null : samples * columns);
  if (steps && wanted !== null && columns > wanted && columns % wanted === 0) {
    if (hop !== null) {
      throw new InputError({
        where: name,
        what: `has rows of ${columns / wanted} steps, each a sequence of its own; windows that begin every ${hop} rows would leave steps out`,
        hint: 'Leave --hop out.',
      });
    }
    const count = table.data.length / wanted;
    return { name, data: table.data, count, size: wanted, columns: null, channels: wanted, sequence: columns / wanted };
  }
  const size = wanted ?? table.columns;
  if (size === null) {
    throw new InputError({
      where: name,
      what: 'is a stream of values without rows',
      hint: 'Say how many values a window has: --shape 640.',
    });
  }
  if (size % columns !== 0) {
    throw new InputError({
      where: name,
      what: `has ${columns} columns; expected ${size}, or a number that divides it: the model takes ${size} values`,
      hint: `Give one column per input of the model, in the order of training${table.names === null ? '' : ` (found: ${shorten(table.names)})`}.`,
    });
  }
  if (samples !== null && size !== samples * columns) {
    throw new InputError({
      where: name,
      what: `has ${columns} columns, of which the model takes ${size / columns} samples per window, not ${samples}`,
      hint: 'Leave --window out, or choose as many --channels as the model was trained with.',
    });
  }
  const stride = hop === null ? size : hop * columns;
  const shape = { name, size, columns: table.names, channels: columns, hop: stride / columns };
  const count = Math.floor((table.data.length - size) / stride) + 1;
  if (count < 1) {
    throw new InputError({
      where: name,
      what: `has ${table.data.length / columns} samples; a window needs ${size / columns}`,
      hint: 'Give a longer recording.',
    });
  }
  if (stride === size) return { ...shape, data: table.data.subarray(0, count * size), count };
  if (count * size > maxValues) {
    throw new InputError({
      where: name,
      what: `gives ${count} windows of ${size} values: ${((4 * count * size) / 2 ** 30).toFixed(1)} GiB, at most 4 fit`,
      hint: 'Give a larger --hop, or a shorter recording.',
    });
  }
  const data = new Float32Array(count * size);
  for (let i = 0; i < count; i++) data.set(table.data.subarray(i * stride, i * stride + size), i * size);
  return { ...shape, data, count };
}

/** Samples per window, values per sample, and samples from window to window. */
export function windowShape({ size, channels = size, hop = size / channels }: Windows): {
  readonly samples: number;
  readonly channels: number;
  readonly hop: number;
} {
  return { samples: size / channels, channels, hop };
}

function checkFinite(name: string, table: Table): void {
  const bad = table.data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const columns = table.columns ?? 1;
  const place = `${table.rowName(Math.floor(bad / columns))}${table.columns === null ? '' : `, column ${(bad % columns) + 1}`}`;
  throw new InputError({
    where: `${name}, ${place}`,
    what: `is ${table.data[bad]}; values must be finite`,
    hint: 'Remove the row, or find out why the sensor gave no value.',
  });
}

const shorten = (names: readonly string[]): string =>
  names.length <= 8 ? names.join(', ') : `${names.slice(0, 8).join(', ')}, ...`;
