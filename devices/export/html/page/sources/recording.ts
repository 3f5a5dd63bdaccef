import type { Manifest } from '../../../../../runtime-js/artifact/manifest.ts';
import type { Stream } from '../monitor.ts';

/** Samples that are all there already. */
export interface Recording {
  readonly name: string;
  readonly channels: number;
  /** f32[rows x channels]; NaN where a value is missing. */
  readonly values: Float32Array;
  /** Seconds, a row each; null: the recording has no time. */
  readonly times: Float64Array | null;
  readonly marks: readonly { readonly row: number; readonly label: string }[];
  /** It is no recording but windows that have nothing to do with each other, shown one per second, over and over. */
  readonly loose: boolean;
}

export const rowsOf = ({ values, channels }: Recording): number => values.length / channels;

/** Samples per second at speed 1: what the manifest or the time stamps say, else a guess that gives ten windows per second. */
export function naturalRate(
  { times, loose }: Recording,
  { input }: Manifest,
): { readonly rateHz: number; readonly known: boolean } {
  if (loose) return { rateHz: input.samples, known: false };
  if (input.rateHz !== null) return { rateHz: input.rateHz, known: true };
  const length = times === null ? 0 : times.at(-1)! - times[0]!;
  if (times !== null && length > 0) return { rateHz: (times.length - 1) / length, known: true };
  return { rateHz: 10 * input.hop, known: false };
}

/** A position is a time where there is one, an elapsed time where the rate is known, else the number of the row. */
export function streamOf(recording: Recording, manifest: Manifest): Stream {
  const { times, marks, name, loose } = recording;
  const { rateHz } = manifest.input;
  const isDate = times !== null && times[0]! > 1e8;
  const axis = times !== null ? (isDate ? 'clock' : 'elapsed') : rateHz !== null && !loose ? 'elapsed' : 'row';
  const positionOf = (row: number): number => (axis === 'row' ? row + 1 : rateHz === null ? row : (row + 1) / rateHz);
  return {
    name,
    axis,
    positionOf,
    marks: marks.map(({ row, label }) => ({ position: times?.[row] ?? positionOf(row), label })),
  };
}
