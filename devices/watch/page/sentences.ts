import { count } from '../../export/html/page/format.ts';
import type { Update } from '../view.ts';
import { age } from '../words.ts';
import { total } from './controls.ts';

const counted = (figure: number, what: string): string => `${count(figure)} ${what}${figure === 1 ? '' : 's'}`;

/** How all sensors are, in one sentence. */
export function headline(counts: Update['counts']): string {
  const { alarm, above, blind, silent, normal } = counts;
  const all = total(counts);
  if (all === 0) return 'No sensor was heard yet';
  if (alarm > 0) return `${counted(alarm, 'sensor')} of ${count(all)} ${alarm === 1 ? 'is' : 'are'} in alarm`;
  const look = above + blind + silent;
  if (look > 0) return `No alarm; ${count(look)} of ${counted(all, 'sensor')} need${look === 1 ? 's' : ''} a look`;
  if (normal < all) return `No alarm from ${counted(all, 'sensor')}`;
  return all === 1 ? 'The sensor is normal' : `All ${count(all)} sensors are normal`;
}

/** Beside the headline: whether the page is live. */
export function linkWord(isOpen: boolean, update: Update | null): string {
  if (!isOpen) return 'page not connected';
  if (update === null) return 'connecting';
  return update.link.isOnline ? `live from ${update.link.broker}` : 'no broker';
}

/** Gateways that are named one by one. */
const mostNamed = 3;

/** What keeps the page from being right. */
export function troubles(isOpen: boolean, update: Update | null): string[] {
  if (update === null) return [];
  const { link, gateways, gatewayCounts, now } = update;
  const named = gateways
    .filter(({ isOnline }) => isOnline === false)
    .slice(0, mostNamed)
    .map(
      ({ node, sensors, sinceMs }) =>
        `Gateway ${node} is offline for ${age(now - sinceMs)}: ${counted(sensors, 'sensor')} unseen.`,
    );
  const others = gatewayCounts.offline - named.length;
  return [
    ...(isOpen ? [] : ['The watch behind this page does not answer. This is what it said last; the page goes on trying.']),
    ...(link.isOnline ? [] : [`No connection to ${link.broker}: ${link.reason}.`]),
    ...named,
    ...(others > 0 ? [`${counted(others, 'more gateway')} ${others === 1 ? 'is' : 'are'} offline.`] : []),
  ];
}

/** What came, and what did not. */
export function tally({ gatewayCounts: { online, offline }, tally: { gaps, duplicates, malformed, refused } }: Update): string {
  const parts = [
    counted(online + offline, 'gateway'),
    ...(gaps > 0 ? [`${counted(gaps, 'message')} did not come`] : []),
    ...(duplicates > 0 ? [`${counted(duplicates, 'duplicate')} left out`] : []),
    ...(malformed > 0 ? [`${counted(malformed, 'message')} not understood`] : []),
    ...(refused > 0 ? [`${counted(refused, 'message')} of sensors beyond the limit`] : []),
  ];
  return `${parts.join(', ')}.`;
}
