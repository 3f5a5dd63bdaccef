import { readFileSync } from 'node:fs';
import { readNamed, readWindows } from '../../../compiler/index.ts';

/** Of the recordings: acceleration sensors of the gearbox. */
export const gearboxChannels = ['a1', 'a2', 'a3', 'a4'] as const;

/** Samples of a healthy gearbox as they were recorded: whole numbers of steps, four per sample. */
export function gearboxSamples(count: number): readonly (readonly number[])[] {
  const { data } = readWindows(readNamed('examples/gearbox/recordings/h30hz20.npy.gz'), { size: 4, hop: 1 });
  return Array.from({ length: count }, (_, i) => [...data.subarray(4 * i, 4 * i + 4)]);
}

/** The features of 480 windows, as CSV with a header of 16 names. */
export const gearboxFeatures = (): string => readFileSync('examples/gearbox/healthy-test.csv', 'utf8');
