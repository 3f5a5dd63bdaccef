import type { Sink } from '../sinks/define.ts';
import type { Source } from '../sources/define.ts';
import type { Consumer, Spool } from '../spool/define.ts';
import type { Engine } from './engine.ts';
import type { Metrics } from './metrics.ts';

/** What of an agent can be looked at from outside; read anew each time, never changed. */
export interface Observed {
  /** The gateway's name. */
  readonly node: string;
  readonly agent: { readonly engine: Engine; readonly sources: readonly Source[]; readonly sinks: readonly Sink[] };
  readonly metrics: Metrics;
  readonly spool: Pick<Spool, 'next' | 'stats'>;
  /** Of each sink by its name: where it stands in the spool. */
  readonly consumers: ReadonlyMap<string, Pick<Consumer, 'position'>>;
  /** What is wrong with the disk of the journal and of the snapshots, in words; null: nothing. */
  readonly state: { readonly problem: string | null };
}
