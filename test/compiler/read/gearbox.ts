import { featureRows, loads } from '../../../examples/gearbox/recordings.ts';

/** The publisher's scaling of the features: one minimum and maximum for all (shared data README). */
const [min, max] = [-0.619863934954322, 3158.1043774];

/** Features of real recordings as the publisher's model takes them: 16 values around [0, 1]. */
export const gearboxInputs = (): Float32Array[] =>
  loads
    .flatMap((load) => featureRows('healthy', load, 'test', 600))
    .map((row) => row.map((value) => (value - min) / (max - min)));

/** The same features with mean 0 and deviation 1 per column: stands in for standardised inputs of models whose own data is not published. */
export function standardisedInputs(width: number): Float32Array[] {
  const rows = gearboxInputs();
  const columns = Array.from({ length: width }, (_, i) => i % 16);
  const mean = columns.map((c) => rows.reduce((sum, row) => sum + row[c]!, 0) / rows.length);
  const deviation = columns.map((c, i) => Math.sqrt(rows.reduce((sum, row) => sum + (row[c]! - mean[i]!) ** 2, 0) / rows.length));
  return rows.map((row) => Float32Array.from(columns, (c, i) => (row[c]! - mean[i]!) / deviation[i]!));
}
