import type { SensorDirectory, SensorView } from '../sinks/define.ts';
import type { SensorPool } from '../scoring/pool.ts';

type Listener = Parameters<SensorDirectory['watch']>[0];

/** The sensors of all pools, for those who publish them. */
export class Directory implements SensorDirectory {
  /** Set once the engine is there, which tells this directory of its sensors. */
  pools: () => readonly SensorPool[] = () => [];
  readonly #listeners = new Set<Listener>();

  *all(): Iterable<SensorView> {
    for (const pool of this.pools()) for (const sensor of pool.rows.names()) yield viewOf(pool, sensor);
  }

  get(device: string): SensorView | undefined {
    const pool = this.pools().find(({ rows }) => rows.find(device) !== null);
    return pool === undefined ? undefined : viewOf(pool, device);
  }

  watch(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(change: 'added' | 'changed' | 'removed', device: string): void {
    for (const listener of this.#listeners) listener(change, device);
  }
}

function viewOf({ artifact: { name, sha256, manifest }, rows }: SensorPool, device: string): SensorView {
  const row = rows.find(device)!;
  const [score, time, scoredAt] = [rows.lastScore[row]!, rows.lastTime[row]!, rows.scoredAt[row]!];
  const last =
    scoredAt === 0
      ? null
      : {
          time: Number.isNaN(time) ? null : time,
          scoredAt,
          score: Number.isNaN(score) ? null : score,
          alarm: rows.alarmOn[row] === 1,
        };
  return { device, artifact: { name, sha256, manifest }, last };
}
