import { report } from '../../../browsers/pages/report.ts';
import { contestants } from '../contestants.ts';
import { floatsOf, open, taskOf } from './runtimes.ts';

/** Milliseconds from the navigation to the first score of a page that does nothing else. */
export interface FirstReport {
  readonly firstScoreMs: number;
}

await report(async (): Promise<FirstReport> => {
  const { names, ...task } = taskOf();
  const [session, window] = await Promise.all([
    open(
      contestants.find(({ name }) => name === names[0])!,
      task,
    ),
    floatsOf('window.bin'),
  ]);
  await session.run(window);
  // The origin of the page's time is its navigation.
  return { firstScoreMs: performance.now() };
});
