import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readWindows, type Windows } from '../calibrate/samples.ts';
import { compile, type CompileResult } from '../compile.ts';
import { openSource, readNamed, writeAtomically } from '../files.ts';
import { note, progressBar } from './output.ts';

const example = fileURLToPath(new URL('../../examples/gearbox/', import.meta.url));

/** One healthy window in fifty may lie above it; windows overlap, and an alarm wants as many in a row as a window is long. */
const thresholdMethod = 'quantile:0.98';
export const alarmAfter = 5;

/** The rows of the test files, load by load in percent (examples/gearbox/recordings.ts). */
export const loads = [0, 10, 20, 30, 40] as const;

export interface DemoModel {
  readonly compiled: CompileResult;
  /** Where the artifact was written. */
  readonly artifact: string;
  readonly seconds: number;
}

/** Compiles the gearbox example and writes the artifact into a folder. */
export async function compileDemo(out: string): Promise<DemoModel> {
  mkdirSync(out, { recursive: true });
  note('Compiling examples/gearbox/model with normal.csv: 3,955 windows of a healthy gearbox ...');
  const bar = progressBar();
  const started = performance.now();
  const compiled = await compile({
    model: openSource(join(example, 'model/model.json')),
    data: readNamed(join(example, 'normal.csv')),
    name: 'gearbox',
    score: 'mahalanobis',
    threshold: thresholdMethod,
    alarm: { raise: alarmAfter, clear: 1, clearBelow: 1 },
    onProgress: bar.onProgress,
  }).finally(bar.stop);
  const artifact = join(out, 'gearbox.wasm');
  writeAtomically(artifact, compiled.artifact);
  return { compiled, artifact, seconds: (performance.now() - started) / 1000 };
}

/** Windows that the model never saw, as many of each load. */
export const testWindows = (state: 'healthy' | 'broken', size: number): Windows =>
  readWindows(readNamed(join(example, `${state}-test.csv`)), { size, hop: null });
