import type { Browser, CDPSession } from 'playwright-core';

/** Times in microseconds. https://chromium.googlesource.com/catapult: Trace Event Format */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  /** Of `dur`, what the thread ran: not what it waited for a core. */
  readonly tdur?: number;
}

/** From one mark of a page to the next. */
export interface Interval {
  readonly ms: number;
  /** Of it, what the page's thread computed: without waits for a core that other programs had. */
  readonly busyMs: number;
}

/** What the page's thread did, by its marks (performance.mark). */
export interface Trace {
  between(mark: string): readonly Interval[];
}

/** Records what threads do while `work` runs. */
export async function traced<T>(browser: Browser, work: () => Promise<T>): Promise<{ result: T; trace: Trace }> {
  const tools: CDPSession = await browser.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  // The protocol calls them objects of texts, which they are not.
  tools.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await tools.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', 'blink.user_timing'], excludedCategories: ['*'] },
  });
  const result = await work();
  const complete = new Promise<void>((resolve) => tools.once('Tracing.tracingComplete', () => resolve()));
  await tools.send('Tracing.end');
  await complete;
  await tools.detach();
  return { result, trace: { between: (mark) => intervals(events, mark) } };
}

/** What frames cost the page's thread, in one line. */
export function describeFrames(frames: readonly Interval[]): string {
  const busyShare = frames.reduce((sum, { busyMs }) => sum + busyMs, 0) / frames.reduce((sum, { ms }) => sum + ms, 0);
  const longest = Math.max(...frames.map(({ busyMs }) => busyMs));
  const late = frames.filter(({ ms }) => ms > 50);
  return `${frames.length} frames, the thread computes ${(100 * busyShare).toFixed(0)} % of the time and at most ${longest.toFixed(1)} ms of a frame; ${late.length} came after more than 50 ms, in which it computed ${late.map(({ busyMs }) => busyMs.toFixed(0)).join(', ') || '-'} ms`;
}

function intervals(events: readonly TraceEvent[], mark: string): Interval[] {
  const marks = events.filter(({ name }) => name === mark).toSorted((a, b) => a.ts - b.ts);
  if (marks.length < 2) throw new Error(`the trace of ${events.length} events has ${marks.length} marks "${mark}"`);
  const { pid, tid } = marks[0]!;
  const tasks = events
    .filter((event) => event.name === 'ThreadControllerImpl::RunTask' && event.pid === pid && event.tid === tid)
    .toSorted((a, b) => a.ts - b.ts);
  let next = 0;
  const found: Interval[] = [];
  for (let i = 1; i < marks.length; i++) {
    const [from, to] = [marks[i - 1]!.ts, marks[i]!.ts];
    let busy = 0;
    for (; next < tasks.length && tasks[next]!.ts < to; next++)
      // The task that made a mark counts for the interval before it, where it began.
      if (tasks[next]!.ts >= from) busy += tasks[next]!.tdur ?? 0;
    found.push({ ms: (to - from) / 1000, busyMs: busy / 1000 });
  }
  return found;
}
