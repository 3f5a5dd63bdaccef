import { isoTime } from './message.ts';
import { serve, sendJson, sendText, readCount, type Served } from '../http/serve.ts';
import type { Log } from '../log.ts';
import type { SensorPool } from '../scoring/pool.ts';
import { bySeverity, ratioOf, type Judged } from '../watch/severity.ts';
import { Exposition } from './exposition.ts';
import { Health, healthDefaults, type HealthOptions } from './health.ts';
import type { Observed } from './observed.ts';

export interface StatusOptions extends HealthOptions {
  /** `host:port` where /metrics, /health, /ready and /sensors are. Whoever can reach it can read them: there is no password. */
  readonly listen: string;
}

export const statusDefaults: StatusOptions = { ...healthDefaults, listen: '127.0.0.1:9464' };

export interface StatusServer extends Served {
  /** From now on /ready says 200: sources are connected, windows are where they were. */
  ready(): void;
}

/** From one look at the connections to the next. */
const lookMs = 1000;

const [sensorsShown, mostSensors] = [100, 10_000];

/** What of an agent can be asked by HTTP. Throws an InputError where it cannot listen. */
export async function serveStatus(observed: Observed, options: StatusOptions, log: Log): Promise<StatusServer> {
  const [exposition, health] = [new Exposition(observed), new Health(observed, options)];
  let isReady = false;
  const server = await serve(
    { listen: options.listen, where: 'status.listen', maxConnections: 64, log },
    {
      '/metrics': async (_, response) => sendText(response, 200, await exposition.text(), exposition.contentType),
      '/health': (_, response) => {
        const report = health.look();
        sendJson(response, report.status === 'ok' ? 200 : 503, report);
      },
      '/ready': (_, response) => sendJson(response, isReady ? 200 : 503, { ready: isReady }),
      '/sensors': (query, response) => {
        const limit = readCount(query, 'limit', sensorsShown, mostSensors);
        sendJson(response, 200, sensorsOf(observed, limit));
      },
    },
  );
  const timer = setInterval(() => health.look(), lookMs).unref();
  log.info('metrics and health are served', { at: server.url });
  return {
    ...server,
    ready: () => {
      isReady = true;
    },
    async close() {
      clearInterval(timer);
      await server.close();
    },
  };
}

/** The sensors that need a look first. Rows are sorted before anything is made of them: there may be thousands. */
function sensorsOf({ node, agent }: Observed, limit: number) {
  const judged = agent.engine.pools.flatMap((pool) => [...pool.rows.names()].map((sensor) => judge(pool, sensor)));
  const sensors = judged
    .toSorted(bySeverity)
    .slice(0, limit)
    .map(({ pool, row, name, ratio }) => ({
      sensor: name,
      artifact: pool.artifact.name,
      score: numberOrNull(pool.rows.lastScore[row]!),
      threshold: pool.artifact.manifest.score.threshold,
      ratio: ratio === null ? null : Number(ratio.toPrecision(4)),
      alarm: pool.rows.alarmOn[row] === 1,
      time: Number.isNaN(pool.rows.lastTime[row]!) ? null : isoTime(pool.rows.lastTime[row]!),
      scoredAt: isoOrNull(pool.rows.scoredAt[row]!),
      sampledAt: isoOrNull(pool.rows.seenAt[row]!),
    }));
  return { node, total: judged.length, sensors };
}

interface JudgedRow extends Judged {
  readonly pool: SensorPool;
  readonly row: number;
}

function judge(pool: SensorPool, name: string): JudgedRow {
  const row = pool.rows.find(name)!;
  const score = numberOrNull(pool.rows.lastScore[row]!);
  const ratio = score === null ? null : ratioOf(score, pool.artifact.manifest.score.threshold);
  const isScored = pool.rows.scoredAt[row]! > 0;
  const condition = pool.rows.alarmOn[row] === 1 ? 'alarm' : conditionOf(ratio, isScored);
  return { pool, row, name, ratio, condition };
}

/** A sensor whose window is not full yet is as it should be. */
function conditionOf(ratio: number | null, isScored: boolean): Judged['condition'] {
  if (ratio === null) return isScored ? 'blind' : 'waiting';
  return ratio > 1 ? 'above' : 'normal';
}

const numberOrNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** Milliseconds since 1970; 0: never. */
const isoOrNull = (ms: number): string | null => (ms === 0 ? null : new Date(ms).toISOString());
