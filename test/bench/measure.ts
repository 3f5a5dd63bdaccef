import { checkedWindows } from './checked-windows.ts';
import type { Peer, Session } from './peers/define.ts';
import { correlation, median } from './statistics.ts';
import { takeTurns, type Timed } from './timing.ts';
import type { Workload } from './workload.ts';

export interface Measured {
  /** Name -> median time per window in microseconds. */
  readonly medianUs: ReadonlyMap<string, number>;
  /** Name -> why it could not be measured. */
  readonly failures: ReadonlyMap<string, string>;
}

interface Contestant extends Timed {
  readonly name: string;
}

/** Times each runtime, in turns. */
export async function measure(workload: Workload, batch: number, peers: readonly Peer[], rounds: number): Promise<Measured> {
  const { sessions, failures } = await openAll(workload, batch, peers);
  const windows = workload.windows.slice(0, batch * workload.size);
  await takeTurns(sessions, windows, rounds);
  for (const { session } of sessions) await session.dispose();
  return { medianUs: new Map(sessions.map(({ name, times }) => [name, median(times) / batch])), failures };
}

/** Opens and checks every runtime; one that does not start or computes something else is a failure, not an end. */
async function openAll(workload: Workload, batch: number, peers: readonly Peer[]) {
  const sessions: Contestant[] = [];
  const failures = new Map<string, string>();
  for (const peer of peers) {
    const { name } = peer;
    try {
      const session = await peer.open(workload, batch);
      const found = await checkSense(peer, session, workload, batch);
      if (batch === 1) process.stderr.write(`${name}: ${found}\n`);
      sessions.push({ name, session, times: [] });
    } catch (cause) {
      failures.set(name, cause instanceof Error ? cause.message : String(cause));
    }
  }
  return { sessions, failures };
}

/** Least correlation with the float reference, over window scores and over all values of the reconstructions. */
const least = { scores: 0.99, reconstructions: 0.99 };

/** No timing of wrong results: gives what was found, or throws. */
export async function checkSense(
  peer: Pick<Peer, 'perTensor'>,
  session: Pick<Session, 'run'>,
  { size, windows, reference, leastPerTensor, peers }: Workload,
  batch: number,
): Promise<string> {
  const scores: [number[], number[]] = [[], []];
  const outputs: [number[], number[]] = [[], []];
  for (const first of checkedWindows(reference.length / size, batch)) {
    const now = windows.slice(first * size, (first + batch) * size);
    const result = await session.run(now);
    if (peers !== null && result.length !== batch) {
      outputs[0].push(...peers.reference.subarray(first * peers.outputs, (first + batch) * peers.outputs));
      outputs[1].push(...result);
      continue;
    }
    for (let i = 0; i < batch; i++) {
      const part = (values: Float32Array, at = i): Float32Array => values.subarray(at * size, (at + 1) * size);
      const expected = part(reference, first + i);
      scores[0].push(meanSquare(part(now), expected));
      scores[1].push(result.length === batch ? result[i]! : meanSquare(part(now), part(result)));
      if (result.length === batch) continue;
      outputs[0].push(...expected);
      outputs[1].push(...part(result));
    }
  }
  const leastScores = peer.perTensor ? leastPerTensor : least.scores;
  // A classifier has no reconstruction: its outputs are all there is to tell.
  const leastOutputs = peers !== null && peer.perTensor ? leastPerTensor : least.reconstructions;
  const ofScores = scores[0].length === 0 ? 1 : correlation(...scores);
  const ofOutputs = outputs[0].length === 0 ? null : correlation(...outputs);
  const found = `correlation with the float reference: scores ${ofScores.toFixed(4)}${ofOutputs === null ? '' : `, reconstructions ${ofOutputs.toFixed(4)}`}`;
  if (ofScores > leastScores && (ofOutputs === null || ofOutputs > leastOutputs)) return found;
  throw new Error(`${found}; expected above ${leastScores} and ${leastOutputs}: not timed`);
}

const meanSquare = (x: Float32Array, y: Float32Array): number =>
  x.reduce((sum, value, i) => sum + (value - y[i]!) ** 2, 0) / x.length;
