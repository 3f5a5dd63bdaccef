import { report } from '../../../browsers/pages/report.ts';
import { checkedWindows } from '../../checked-windows.ts';
import { median } from '../../statistics.ts';
import { takeTurns, type Timed } from '../../timing.ts';
import { contestants } from '../contestants.ts';
import { floatsOf, open, taskOf } from './runtimes.ts';

export interface TurnsReport {
  readonly isolated: boolean;
  readonly found: readonly Found[];
}

export interface Found {
  readonly name: string;
  /** Microseconds per call; or why there are none. */
  readonly medianUs: number | string;
  /** What it gave of the batches that are checked. */
  readonly outputs: readonly (readonly number[])[];
}

await report(async (): Promise<TurnsReport> => {
  const { names, rounds, ...task } = taskOf();
  const windows = await floatsOf('windows.bin');
  const size = task.shape.reduce((product, extent) => product * extent, 1);
  const sessions: (Timed & { readonly name: string; readonly outputs: number[][] })[] = [];
  const failed: Found[] = [];
  for (const contestant of contestants.filter(({ name }) => names.includes(name))) {
    const { name } = contestant;
    try {
      const session = await open(contestant, task);
      const outputs: number[][] = [];
      for (const first of checkedWindows(windows.length / size, task.batch))
        outputs.push([...(await session.run(windows.slice(first * size, (first + task.batch) * size)))]);
      sessions.push({ name, session, times: [], outputs });
    } catch (cause) {
      failed.push({ name, medianUs: String(cause), outputs: [] });
    }
  }
  await takeTurns(sessions, windows.slice(0, task.batch * size), rounds);
  const timed = sessions.map(({ name, times, outputs }): Found => ({ name, medianUs: median(times), outputs }));
  return { isolated: crossOriginIsolated, found: [...timed, ...failed] };
});
