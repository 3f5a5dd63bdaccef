import type { Feed } from './feed.ts';
import type { Change } from './board.ts';
import { sentenceOf } from './words.ts';

const everyMs = 250;

/**
 * Writes what changes, a line each, where there is no terminal: alarms, sensors that can no longer be judged, gateways that go and come;
 * not each score. Settles when `stop` is aborted.
 */
export async function watchInLines(
  feed: Feed,
  { json, filter }: { readonly json: boolean; readonly filter: string },
  { write, stop }: { readonly write: (line: string) => void; readonly stop: AbortSignal },
): Promise<void> {
  const needle = filter.trim().toLowerCase();
  const flush = (): void => {
    for (const change of feed.board.takeChanges()) {
      if (nameOf(change).toLowerCase().includes(needle))
        write(json ? jsonOf(change) : `${new Date().toISOString()} ${sentenceOf(change)}`);
    }
  };
  const timer = setInterval(flush, everyMs);
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener('abort', () => resolve(), { once: true });
  });
  clearInterval(timer);
  flush();
}

const nameOf = (change: Change): string => ('node' in change ? change.node : `${change.sensor.node}/${change.sensor.name}`);

function jsonOf(change: Change): string {
  const at = new Date().toISOString();
  if ('node' in change) return JSON.stringify({ at, gateway: change.node, what: change.what });
  const { what, sensor } = change;
  const { node, name, score, threshold, alarm, artifact, scoredAt, why } = sensor;
  const scored = scoredAt === null ? null : new Date(scoredAt).toISOString();
  return JSON.stringify({ at, gateway: node, sensor: name, what, score, threshold, alarm, artifact, scoredAt: scored, why });
}
