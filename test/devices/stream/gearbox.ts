import { readFileSync } from 'node:fs';
import { compile } from '../../../compiler/compile.ts';
import { openSource, readNamed } from '../../../compiler/files.ts';

let made: Promise<Uint8Array> | null = null;

/** The gearbox model over windows of 16 features, one sample each. Compiled once for all tests of a process. */
export const gearboxArtifact = (): Promise<Uint8Array> => (made ??= make());

async function make(): Promise<Uint8Array> {
  const { artifact } = await compile({
    model: openSource('examples/gearbox/model/model.json'),
    data: readNamed('examples/gearbox/normal.csv'),
    alarm: { raise: 3, clear: 3, clearBelow: 0.9 },
  });
  return artifact;
}

const lines = ['healthy', 'broken'].map((name) => readFileSync(`examples/gearbox/${name}-test.csv`, 'utf8').trim().split('\n'));

/** Their header. */
export const channels: readonly string[] = lines[0]![0]!.split(',');

/** Windows of a healthy gearbox, then of one with a broken tooth: f32[16] each. */
export const rows: readonly Float32Array[] = lines.flatMap((file) =>
  file.slice(1).map((line) => Float32Array.from(line.split(','), Number)),
);

/** Payload of the format f32 with a time (f64, seconds) in front. */
export function frame(values: Float32Array, time: number): Buffer {
  const bytes = Buffer.alloc(8 + 4 * values.length);
  bytes.writeDoubleLE(time, 0);
  values.forEach((value, i) => bytes.writeFloatLE(value, 8 + 4 * i));
  return bytes;
}
