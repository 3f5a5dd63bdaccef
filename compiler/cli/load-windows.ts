import type { Manifest } from '../../runtime-js/artifact/manifest.ts';
import type { Model } from '../../runtime-js/node.ts';
import type { Selection } from '../calibrate/formats/select.ts';
import { readWindows, type Windows } from '../calibrate/samples.ts';
import { readNamed } from '../files.ts';

/**
 * Recorded data, cut into windows (or the steps of a stateful model) as the artifact's manifest says; `hop` overrides it. Channels are
 * found by their names where the manifest and the file have some.
 */
export function loadWindows({ size, info }: Model, path: string, hop: number | undefined): Windows {
  const { input, stateful } = info.manifest;
  return readWindows(readNamed(path), {
    size,
    hop: hop ?? (input.hop === input.samples ? null : input.hop),
    steps: stateful,
    selection: channelSelection(input),
  });
}

/** The artifact's channels among the columns of a file. */
export const channelSelection = ({ channels, time }: Manifest['input']): Selection => ({
  channels: channels?.map(({ name }) => name) ?? null,
  beside: channels === null && time !== null ? [time] : [],
  gaps: false,
});

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
