import { join } from 'node:path';
import { Agent } from '../../../devices/agent/agent.ts';
import { Engine } from '../../../devices/agent/engine.ts';
import { Metrics } from '../../../devices/agent/metrics.ts';
import { State } from '../../../devices/agent/state.ts';
import { quiet } from '../../../devices/log.ts';
import { loadArtifact } from '../../../devices/scoring/artifact.ts';
import type { Receiver, Source } from '../../../devices/sources/define.ts';
import { openSpool } from '../../../devices/spool/spool.ts';
import { sampleAt } from './crash-samples.ts';

// node crash-child.ts <folder> <artifact.wasm> <samples>: an agent over a source that knows its place, until it is killed or done.
const [folder, path, count] = process.argv.slice(2) as [string, string, string];

/** Gives sample after sample, some each turn, and says where it is. */
class Counting implements Source {
  readonly name = 'counting';
  readonly ended: Promise<void>;
  #end = (): void => {};

  constructor() {
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  async start(receiver: Receiver, mark: string | null): Promise<void> {
    void this.#run(receiver, Number(mark ?? 0));
  }

  async stop(): Promise<void> {}

  async #run(receiver: Receiver, first: number): Promise<void> {
    process.stdout.write(`from ${first}\n`);
    for (let at = first; at < Number(count);) {
      const end = Math.min(Number(count), at + 1 + ((at * 7919) % 50));
      for (; at < end; at++) receiver.take(sampleAt(at));
      receiver.mark(this.name, String(at));
      await receiver.safe();
    }
    this.#end();
  }
}

const spool = openSpool({ folder: join(folder, 'spool') });
spool.consumer('all');
const state = new State(folder, 'samples', quiet);
const engine = new Engine(
  [await loadArtifact('gearbox', path)],
  1,
  { node: 'n', publish: { every: 1, change: null }, why: 3, maxSensors: 100 },
  { sensor() {} },
);
state.restore(engine, spool);
const agent = new Agent(
  { engine, state, spool, metrics: new Metrics(), log: quiet },
  {
    snapshotSeconds: 60,
    snapshotBytes: 20_000,
    syncAlways: false,
    syncSeconds: 1,
    forgetSeconds: null,
    graceSeconds: 1,
  },
);
await agent.start([new Counting()], []);
await agent.ended;
await agent.stop();
process.stdout.write('done\n');
