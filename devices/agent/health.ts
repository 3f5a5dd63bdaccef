import type { Observed } from './observed.ts';

export interface HealthOptions {
  /** Seconds that a sink or a source may be without its connection. */
  readonly offlineSeconds: number;
  /** Seconds without any sample after which something is wrong; null: sensors may be silent for as long as they like. */
  readonly silentSeconds: number | null;
}

export const healthDefaults: HealthOptions = { offlineSeconds: 60, silentSeconds: null };

/** `reasons` is empty where all is well. */
export interface HealthReport {
  readonly status: 'ok' | 'degraded';
  readonly reasons: readonly string[];
}

/** Whether an agent does what it is for. Has to be looked at now and then: a connection says that it is away, not since when. */
export class Health {
  readonly #observed: Observed;
  readonly #options: HealthOptions;
  readonly #startedMs: number;
  /** Of what has no connection: since when, by `sink json`. */
  readonly #offlineSince = new Map<string, number>();

  constructor(observed: Observed, options: HealthOptions, nowMs = Date.now()) {
    this.#observed = observed;
    this.#options = options;
    this.#startedMs = nowMs;
    this.look(nowMs);
  }

  look(nowMs = Date.now()): HealthReport {
    const reasons = [...this.#connections(nowMs), ...this.#disks(), ...this.#silence(nowMs)];
    return { status: reasons.length === 0 ? 'ok' : 'degraded', reasons };
  }

  #connections(nowMs: number): string[] {
    const { sinks, sources } = this.#observed.agent;
    const parts = [
      ...sinks.map(({ name, state }) => ({ what: `sink ${name}`, state })),
      ...sources.flatMap(({ name, state }) => (state === undefined ? [] : [{ what: `source ${name}`, state }])),
    ];
    return parts.flatMap(({ what, state }) => {
      if (state.at === 'online') {
        this.#offlineSince.delete(what);
        return [];
      }
      const since = this.#offlineSince.get(what) ?? nowMs;
      this.#offlineSince.set(what, since);
      const seconds = Math.floor((nowMs - since) / 1000);
      if (seconds < this.#options.offlineSeconds) return [];
      return [`${what} has no connection for ${seconds} s${state.at === 'offline' ? `: ${state.reason}` : ''}`];
    });
  }

  #disks(): string[] {
    const { spool, state } = this.#observed;
    return [
      ...(spool.stats.problem === null ? [] : [`spool: ${spool.stats.problem}`]),
      ...(state.problem === null ? [] : [`journal: ${state.problem}`]),
    ];
  }

  #silence(nowMs: number): string[] {
    const { silentSeconds } = this.#options;
    if (silentSeconds === null) return [];
    let newest = this.#startedMs;
    for (const { rows } of this.#observed.agent.engine.pools) {
      for (const row of rows.used()) newest = Math.max(newest, rows.seenAt[row]!);
    }
    const seconds = Math.floor((nowMs - newest) / 1000);
    return seconds < silentSeconds ? [] : [`no sample for ${seconds} s`];
  }
}
