import { readLabelledWindows, type LabelledWindows } from './calibrate/labelled.ts';
import { windowShape, type Windows } from './calibrate/samples.ts';
import { InputError } from './error.ts';
import type { Built } from './manifest.ts';
import type { Settled } from './options.ts';
import { scoreAll } from './pack/execute.ts';
import { injectData } from './pack/module.ts';
import type { Labelled } from './score/thresholds/cuts.ts';

/** The recordings that `labelled` names, cut into windows as the normal data is. Throws an InputError if not both kinds of windows are there. */
export function readLabelled({ labelled, label, time, stateful }: Settled, normal: Windows): LabelledWindows[] {
  if (labelled === null || label === null) return [];
  const files = 'bytes' in labelled ? [labelled] : labelled;
  const { samples, hop } = windowShape(normal);
  const recordings = files.map((file) =>
    readLabelledWindows(
      file,
      {
        size: normal.size,
        samples,
        hop: hop === samples ? null : hop,
        steps: stateful,
        selection: { channels: normal.columns, beside: normal.columns === null && time !== null ? [time] : [], gaps: false },
      },
      label,
    ),
  );
  const labels = recordings.flatMap((recording) => [...recording.labels]);
  const abnormal = labels.filter((one) => one > 0).length;
  if (abnormal === 0 || abnormal === labels.length) {
    throw new InputError({
      where: files.map(({ name }) => name).join(', '),
      what: `has no ${abnormal === 0 ? 'abnormal' : 'normal'} windows: "${label}" is ${abnormal === 0 ? '0' : 'above 0'} at the newest row of all ${labels.length}`,
      hint: 'Between two kinds of windows a threshold can be found: give recordings with 0 for normal rows and 1 for abnormal ones.',
    });
  }
  return recordings;
}

/** The artifact's own scores of labelled recordings, one behind the other; null where there are none. */
export async function scoreLabelled({ code, plan }: Built, recordings: readonly LabelledWindows[]): Promise<Labelled | null> {
  if (recordings.length === 0) return null;
  const [scores, labels]: [number[], number[]] = [[], []];
  for (const { windows, labels: some } of recordings) {
    const found = await scoreAll(injectData(code, plan.segments), plan, windows, nothing, nothing);
    const bad = found.findIndex((score) => !Number.isFinite(score));
    if (bad >= 0) {
      throw new InputError({
        where: windows.name,
        what: `window ${bad} gives no finite score`,
        hint: 'Its values are far beyond those of the normal data: check its units.',
      });
    }
    for (const score of found) scores.push(score);
    labels.push(...some);
  }
  return { scores, labels };
}

const nothing = (): void => {};
