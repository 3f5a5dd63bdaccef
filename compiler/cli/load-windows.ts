import type { Model } from '../../runtime-js/node.ts';
import { readWindows, type Windows } from '../calibrate/samples.ts';
import { readNamed } from '../files.ts';

/** Recorded data, cut into windows (or the steps of a stateful model) as the artifact's manifest says; `stride` overrides it. */
export function loadWindows({ size, info }: Model, path: string, stride: number | undefined): Windows {
  return readWindows(readNamed(path), {
    size,
    stride: stride ?? info.manifest.input.stride,
    steps: info.manifest.stateful,
  });
}

/** The scores of all windows from `first` to `end`; a stateful model is reset where a sequence begins. */
export function scoreInSequences(
  model: Model,
  { data, size, count, sequence = count }: Windows,
  first: number,
  end: number,
): Float32Array {
  const scores = new Float32Array(end - first);
  for (let at = first; at < end;) {
    if (at % sequence === 0) model.reset();
    const next = Math.min(end, at + sequence - (at % sequence));
    scores.set(model.runBatch(data.subarray(at * size, next * size)), at - first);
    at = next;
  }
  return scores;
}
