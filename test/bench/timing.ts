import type { Session } from './peers/define.ts';

// Runs in Node and on pages.

const loopMs = 12;
const warmUpMs = 150;

export interface Timed {
  readonly session: Session;
  /** Microseconds per call. */
  readonly times: number[];
}

/**
 * Times sessions on the same windows. All take turns in every round, beginning with another one each time, so that a machine that
 * slows down slows all of them.
 */
export async function takeTurns(sessions: readonly Timed[], windows: Float32Array, rounds: number): Promise<void> {
  for (const { session } of sessions) await warmUp(session, windows);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < sessions.length; turn++) {
      const { session, times } = sessions[(turn + round) % sessions.length]!;
      times.push(await timeLoop(session, windows));
    }
  }
}

async function warmUp(session: Session, windows: Float32Array): Promise<void> {
  for (const started = performance.now(); performance.now() - started < warmUpMs;) await timeCalls(session, windows, 3);
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
