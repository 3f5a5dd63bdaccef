import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readNamed } from '../../compiler/index.ts';
import { readSamples } from '../../compiler/calibrate/samples.ts';

/** SKAB is GPL-3.0 and stays out of this repository: https://github.com/waico/SKAB, here or where SANDGLASS_DATA says. */
const folder = join(process.env['SANDGLASS_DATA'] ?? '../shared/data', 'skab/valve1');

/** Rows from the start of each recording that are normal and that the benchmark trains with. */
export const trainingRows = 400;
/** Rows per window, in the benchmark's own autoencoders. */
export const windowRows = 60;

export interface Recording {
  readonly name: string;
  /** f32[rows x 8]: accelerations, current, pressure, temperatures, voltage, flow. */
  readonly data: Float32Array;
  readonly channels: readonly string[];
  /** 1 where a valve was closed. */
  readonly labels: Float64Array;
}

export const recordings = (): Recording[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.csv'))
    .toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .map((file) => {
      const selection = { channels: null, beside: ['datetime', 'anomaly', 'changepoint'], gaps: false };
      const { data, names, beside } = readSamples(readNamed(join(folder, file)), selection);
      return { name: file, data, channels: names!, labels: beside.get('anomaly')! };
    });
