import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { version } from '../../compiler/version.ts';
import type { Observed } from './observed.ts';

type Labels = Readonly<Record<string, string>>;
type Value = readonly [labels: Labels, value: number];

/** One name of the table below. */
interface Row {
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly labels: readonly string[];
  readonly values: (observed: Observed) => readonly Value[];
}

const one = (value: (observed: Observed) => number): Pick<Row, 'labels' | 'values'> => ({
  labels: [],
  values: (observed) => [[{}, value(observed)]],
});

type Pool = Observed['agent']['engine']['pools'][number];

const perArtifact = (value: (pool: Pool) => number): Pick<Row, 'labels' | 'values'> => ({
  labels: ['artifact'],
  values: ({ agent }) => agent.engine.pools.map((pool) => [{ artifact: pool.artifact.name }, value(pool)]),
});

const isOnline = (state: { readonly at: string }): number => (state.at === 'online' ? 1 : 0);

/** Labels are what the config names, and fixed words: never a sensor or anything else that a publisher chooses. */
const rows: Readonly<Record<string, Row>> = {
  sandglass_samples_total: {
    type: 'counter',
    help: 'Samples that sources gave.',
    ...one(({ metrics }) => metrics.samples),
  },
  sandglass_refused_total: {
    type: 'counter',
    help: 'Messages, or parts of them, that gave no sample.',
    labels: ['reason'],
    values: ({ metrics }) => [...metrics.refused].map(([reason, count]) => [{ reason }, count]),
  },
  sandglass_faults_total: {
    type: 'counter',
    help: 'Faults that were met in samples (docs/faults.md).',
    labels: ['artifact', 'fault'],
    values: ({ agent }) =>
      agent.engine.pools.flatMap(({ artifact, faults }) =>
        Object.entries(faults).map(([fault, count]): Value => [{ artifact: artifact.name, fault }, count]),
      ),
  },
  sandglass_scores_total: {
    type: 'counter',
    help: 'Windows that were due, those without a score among them.',
    ...perArtifact(({ scores }) => scores),
  },
  sandglass_scores_invalid_total: {
    type: 'counter',
    help: 'Windows that were due and got no score.',
    ...perArtifact(({ invalid }) => invalid),
  },
  sandglass_alarms_total: { type: 'counter', help: 'Alarms that went on.', ...perArtifact(({ alarms }) => alarms) },
  sandglass_sensors: { type: 'gauge', help: 'Sensors that are known.', ...perArtifact(({ rows: { count } }) => count) },
  sandglass_sensors_in_alarm: {
    type: 'gauge',
    help: 'Sensors whose alarm is on.',
    ...perArtifact(({ inAlarm }) => inAlarm),
  },
  sandglass_swaps_total: {
    type: 'counter',
    help: 'How often artifacts or config were taken over while running.',
    ...one(({ metrics }) => metrics.swaps),
  },
  sandglass_artifact_info: {
    type: 'gauge',
    help: 'Artifacts in use; always 1.',
    labels: ['artifact', 'sha256'],
    values: ({ agent }) => agent.engine.pools.map(({ artifact: { name, sha256 } }) => [{ artifact: name, sha256 }, 1]),
  },
  sandglass_build_info: {
    type: 'gauge',
    help: 'Version of sandglass and name of the gateway; always 1.',
    labels: ['version', 'node'],
    values: ({ node }) => [[{ version, node }, 1]],
  },
  sandglass_spool_records: {
    type: 'gauge',
    help: 'Scores on disk that not every sink has delivered.',
    ...one(({ spool }) => spool.stats.records),
  },
  sandglass_spool_bytes: { type: 'gauge', help: 'Bytes of the spool on disk.', ...one(({ spool }) => spool.stats.bytes) },
  sandglass_spool_dropped_total: {
    type: 'counter',
    help: 'Scores that a sink will not get: beyond the limits of the spool, or the disk was full.',
    ...one(({ spool }) => spool.stats.dropped),
  },
  sandglass_disk_problem: {
    type: 'gauge',
    help: '1 where the disk does not take what has to be written.',
    labels: ['part'],
    values: ({ spool, state }) => [
      [{ part: 'spool' }, spool.stats.problem === null ? 0 : 1],
      [{ part: 'journal' }, state.problem === null ? 0 : 1],
    ],
  },
  sandglass_sink_connected: {
    type: 'gauge',
    help: '1 while a sink has its connection.',
    labels: ['sink'],
    values: ({ agent }) => agent.sinks.map(({ name, state }) => [{ sink: name }, isOnline(state)]),
  },
  sandglass_sink_reconnects_total: {
    type: 'counter',
    help: 'How often the connection of a sink was made again.',
    labels: ['sink'],
    values: ({ agent }) => agent.sinks.map(({ name, reconnects }) => [{ sink: name }, reconnects]),
  },
  sandglass_sink_backlog_records: {
    type: 'gauge',
    help: 'Scores in the spool that a sink has not delivered.',
    labels: ['sink'],
    values: ({ spool, consumers }) => [...consumers].map(([sink, { position }]) => [{ sink }, spool.next - position]),
  },
  sandglass_source_connected: {
    type: 'gauge',
    help: '1 while a source has its connection; files have none.',
    labels: ['source'],
    values: ({ agent }) =>
      agent.sources.flatMap(({ name, state }) => (state === undefined ? [] : [[{ source: name }, isOnline(state)] as const])),
  },
  sandglass_source_reconnects_total: {
    type: 'counter',
    help: 'How often the connection of a source was made again.',
    labels: ['source'],
    values: ({ agent }) =>
      agent.sources.flatMap(({ name, reconnects }) =>
        reconnects === undefined ? [] : [[{ source: name }, reconnects] as const],
      ),
  },
};

/** The counts of an agent, and memory, event loop and garbage collection of its process, as Prometheus reads them. */
export class Exposition {
  readonly #registry = new Registry();

  constructor(observed: Observed) {
    for (const [name, row] of Object.entries(rows)) this.#add(name, row, observed);
    this.#registry.registerMetric(new LatencyHistogram(observed));
    // 100 looks a second at the event loop would keep a small machine from its sleep.
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 50 });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Text format 0.0.4. */
  async text(): Promise<string> {
    // prom-client 15.1.3 writes what is no number as `Nan`, which the format does not know.
    return (await this.#registry.metrics()).replaceAll(/ Nan$/gm, ' NaN');
  }

  /** Labels that are gone (an artifact, a sink) go from the text too: each look begins anew. */
  #add(name: string, { type, help, labels, values }: Row, observed: Observed): void {
    const own = { name, help, labelNames: labels, registers: [this.#registry] };
    if (type === 'counter') {
      const counter: Counter = new Counter({
        ...own,
        collect: () => {
          counter.reset();
          for (const [label, value] of values(observed)) counter.inc(label, value);
        },
      });
      return;
    }
    const gauge: Gauge = new Gauge({
      ...own,
      collect: () => {
        gauge.reset();
        for (const [label, value] of values(observed)) gauge.set(label, value);
      },
    });
  }
}

const latencyName = 'sandglass_score_latency_seconds';
const latencyHelp = 'From the first sample of a turn to the record of its scores in the spool.';

/** What `Metrics` has counted already; prom-client would have each score observed one by one. */
class LatencyHistogram extends Histogram {
  readonly #observed: Observed;

  constructor(observed: Observed) {
    super({ name: latencyName, help: latencyHelp, registers: [] });
    this.#observed = observed;
  }

  /** What a registry makes its text of. */
  getForPromString() {
    const { bounds, latencies, latencySumMs } = this.#observed.metrics;
    let count = 0;
    const buckets = [...bounds, Infinity].map((bound, index) => ({
      metricName: `${latencyName}_bucket`,
      labels: { le: bound === Infinity ? '+Inf' : bound / 1000 },
      value: (count += latencies[index]!),
    }));
    const ends = [
      { metricName: `${latencyName}_sum`, labels: {}, value: latencySumMs / 1000 },
      { metricName: `${latencyName}_count`, labels: {}, value: count },
    ];
    return Promise.resolve({ name: latencyName, help: latencyHelp, type: 'histogram', values: [...buckets, ...ends] });
  }
}
