import type { Peer, Session } from './peers/define.ts';
import { correlation, median } from './statistics.ts';
import { reference, type Workload } from './workload.ts';

const loopMs = 12;

/**
 * Median time per window of each runtime, in microseconds. All runtimes take turns in every round, beginning with another
 * one each time, so that a machine that slows down slows all of them.
 */
export async function measure(
  workload: Workload,
  batch: number,
  contestants: readonly Peer[],
  rounds: number,
): Promise<Map<string, number>> {
  const sessions: { name: string; session: Session; times: number[] }[] = [];
  for (const peer of contestants) {
    const opening = peer.open(workload, batch);
    if (opening === null) continue;
    const session = await opening;
    if (batch === 1) await checkSense(peer.name, session, workload);
    sessions.push({ name: peer.name, session, times: [] });
  }
  const windows = workload.windows.slice(0, batch * workload.size);
  for (let round = -2; round < rounds; round++) {
    for (let turn = 0; turn < sessions.length; turn++) {
      const { session, times } = sessions[(turn + round + sessions.length * 2) % sessions.length]!;
      const us = await timeLoop(session, windows);
      if (round >= 0) times.push(us / batch);
    }
  }
  for (const { session } of sessions) await session.dispose();
  return new Map(sessions.map(({ name, times }) => [name, median(times)]));
}

/** Microseconds per call, over as many calls as fill loopMs by the estimate of the first ones. */
async function timeLoop(session: Session, windows: Float32Array): Promise<number> {
  const estimate = await timeCalls(session, windows, 3);
  const calls = Math.max(1, Math.round((1000 * loopMs) / estimate));
  return timeCalls(session, windows, calls);
}

async function timeCalls(session: Session, windows: Float32Array, calls: number): Promise<number> {
  const started = performance.now();
  for (let call = 0; call < calls; call++) {
    const result = session.run(windows);
    // Waiting for what is no promise would cost the synchronous runtimes a turn of the event loop.
    if (result instanceof Promise) await result;
  }
  return (1000 * (performance.now() - started)) / calls;
}

/** No timing of wrong results: the window scores must correlate with those of the float reference. */
async function checkSense(name: string, session: Session, workload: Workload): Promise<void> {
  const { size, windows } = workload;
  const [expected, found]: [number[], number[]] = [[], []];
  for (let i = 0; i < 24; i++) {
    const window = windows.slice(i * 8 * size, (i * 8 + 1) * size);
    expected.push(meanSquare(window, reference(workload, i * 8)));
    const result = await session.run(window);
    found.push(result.length === 1 ? result[0]! : meanSquare(window, result));
  }
  const r = correlation(expected, found);
  if (!(r > 0.9))
    throw new Error(`${name} on ${workload.name}: window scores correlate ${r} with the float reference; not timed`);
}

const meanSquare = (x: Float32Array, y: Float32Array): number =>
  x.reduce((sum, value, i) => sum + (value - y[i]!) ** 2, 0) / x.length;
