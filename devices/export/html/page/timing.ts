import type { AsyncModel } from '../../../../runtime-js/async-model.ts';

/** Milliseconds per window: the way to the worker and back included. */
export interface Timing {
  readonly singleMs: number;
  readonly batchMs: number;
}

const batch = 64;
/** Each figure is the median of the calls that fit into this time, at least of so many. */
const [budgetMs, leastCalls] = [250, 5];

/** How long a model takes for windows of values within its range. */
export async function timed(model: AsyncModel): Promise<Timing> {
  const [least, greatest] = model.info.manifest.input.range;
  const windows = Float32Array.from(
    { length: batch * model.size },
    (_, i) => least + (greatest - least) * (0.5 + 0.3 * Math.sin(i)),
  );
  const window = windows.subarray(0, model.size);
  return {
    singleMs: await median(() => model.run(window)),
    batchMs: (await median(() => model.runBatch(windows))) / batch,
  };
}

async function median(call: () => Promise<unknown>): Promise<number> {
  // The first call compiles.
  await call();
  const times: number[] = [];
  for (const end = performance.now() + budgetMs; performance.now() < end || times.length < leastCalls;) {
    const started = performance.now();
    await call();
    times.push(performance.now() - started);
  }
  return times.toSorted((a, b) => a - b)[times.length >> 1]!;
}
