import { join } from 'node:path';
import { readNamed, readWindows } from '../../compiler/index.ts';
import { channels, featuresOf, windowSamples } from './features.ts';

/** Loads of the gearbox in percent, at 30 Hz. */
export const loads = [0, 10, 20, 30, 40] as const;

export type State = 'healthy' | 'broken';

/** Steps of the int16 recordings (prepare.ts). */
const step = 0.002;

/** Parts of a recording by time: training, validation (with training: calibration), test. */
export const parts = { training: [0, 0.6], calibration: [0, 0.8], test: [0.8, 1] } as const;

/** Features of overlapping windows of a part of one recording, one f32[16] per window, every `hop` samples. */
export function featureRows(state: State, load: (typeof loads)[number], part: keyof typeof parts, hop: number): Float32Array[] {
  const file = join(import.meta.dirname, 'recordings', `${state === 'healthy' ? 'h' : 'b'}30hz${load}.npy.gz`);
  const { data } = readWindows(readNamed(file), { size: channels, hop: 1 });
  const samples = data.length / channels;
  const [from, to] = parts[part].map((share) => Math.round(share * samples)) as [number, number];
  const values = data.map((value) => value * step);
  const rows: Float32Array[] = [];
  for (let start = from; start + windowSamples <= to; start += hop) {
    rows.push(featuresOf(values.subarray(start * channels, (start + windowSamples) * channels)));
  }
  return rows;
}
