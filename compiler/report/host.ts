import { cpus } from 'node:os';
import type { Golden } from '../../runtime-js/artifact/golden.ts';
import type { Manifest } from '../../runtime-js/artifact/manifest.ts';
import { medianUs } from '../median-time.ts';
import type { Host } from './analysis.ts';

/** A loaded artifact; what `load` of the runtime gives is one. */
export interface Loaded {
  run(window: Float32Array): number;
  runBatch(windows: Float32Array): Float32Array;
  reset(): void;
  verify(): { readonly windows: number; readonly mismatches: readonly unknown[] };
}

/** Golden windows and latency on this machine. Times are of golden windows: zeros behind a ReLU make a difference. */
export function tryHost(loaded: Loaded, { input, batch }: Manifest, golden: Golden | null): Host {
  const { size } = input;
  const seen = golden?.inputs ?? Float32Array.of(input.range[0]);
  const windows = Float32Array.from({ length: size * batch }, (_, i) => seen[i % seen.length]!);
  const verified = golden === null ? null : loaded.verify();
  const singleUs = medianUs(() => loaded.run(windows.subarray(0, size)));
  const batchUs = medianUs(() => loaded.runBatch(windows)) / batch;
  loaded.reset();
  return {
    machine: `${cpus()[0]?.model.trim() ?? process.arch}, Node ${process.versions.node}`,
    singleUs,
    batchUs,
    golden: verified === null ? null : { windows: verified.windows, mismatches: verified.mismatches.length },
  };
}
