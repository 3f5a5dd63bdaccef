import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from '../../../devices/agent/agent.ts';
import { Engine } from '../../../devices/agent/engine.ts';
import { Metrics } from '../../../devices/agent/metrics.ts';
import type { Observed } from '../../../devices/agent/observed.ts';
import { State } from '../../../devices/agent/state.ts';
import { quiet } from '../../../devices/log.ts';
import type { LoadedArtifact } from '../../../devices/scoring/artifact.ts';
import type { ConnectionState, Sink } from '../../../devices/sinks/define.ts';
import type { Source } from '../../../devices/sources/define.ts';
import { openSpool } from '../../../devices/spool/spool.ts';

/** A sink or source whose connection the test makes and breaks. */
export interface Plug {
  state: ConnectionState;
  reconnects: number;
}

export interface RunningAgent {
  readonly observed: Observed;
  readonly sink: Plug;
  readonly source: Plug;
  /** Gives a sample, and waits until its turn is over. */
  give(sensor: string, values: Float32Array, time?: number | null): Promise<void>;
  /** The sink has delivered all but so many. */
  deliverAllBut(records: number): void;
  dispose(): Promise<void>;
}

export const offline: ConnectionState = { at: 'offline', reason: 'connection refused', attempts: 3 };
export const online: ConnectionState = { at: 'online', sinceMs: 0 };

/** An agent with real windows, scores, journal and spool, and a network that is imagined. */
export async function runAgent(artifacts: readonly LoadedArtifact[]): Promise<RunningAgent> {
  const folder = mkdtempSync(join(tmpdir(), 'sandglass-agent-'));
  const spool = openSpool({ folder: join(folder, 'spool') });
  const state = new State(join(folder, 'state'), 'samples', quiet);
  const options = { node: 'hall "7"', publish: { every: 1, change: null }, why: 3, maxSensors: 1000 };
  const engine = new Engine(artifacts, 1, options, { sensor() {} });
  const consumer = spool.consumer('json');
  state.restore(engine, spool);
  const metrics = new Metrics();
  const times = { snapshotSeconds: 600, syncSeconds: 600, graceSeconds: 0 };
  const agent = new Agent(
    { engine, state, spool, metrics, log: quiet },
    { ...times, snapshotBytes: 1e9, syncAlways: false, forgetSeconds: null },
  );
  const [sink, source] = [plug('json'), plug('plant')];
  const sinkPart: Sink = Object.assign(sink, { start() {}, stop: async () => {} });
  const sourcePart: Source = Object.assign(source, { start: async () => {}, stop: async () => {}, ended: Promise.resolve() });
  await agent.start([sourcePart], [sinkPart]);
  return {
    observed: { node: options.node, agent, metrics, spool, state, consumers: new Map([['json', consumer]]) },
    sink,
    source,
    async give(sensor, values, time = null) {
      agent.take({ artifact: artifacts[0]!.name, sensor, time, values });
      await new Promise((resolve) => setImmediate(resolve));
    },
    deliverAllBut: (records) => consumer.acknowledge(spool.next - records),
    async dispose() {
      await agent.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

const plug = (name: string): Plug & { readonly name: string } => ({ name, state: online, reconnects: 0 });
