import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** What a page that was watched has met: errors, refusals of its policy, and what its workers answered. */
export interface Watched {
  readonly noise: readonly string[];
  /** How many messages each of its workers has sent. */
  readonly workers: readonly number[];
}

/** Drivers of two engines do not pass on what a console says while a page loads: so the page itself takes note, from its first line. */
const watcher = `
  window.watched = { noise: [], workers: [] };
  const note = (text) => watched.noise.push(String(text));
  addEventListener('error', (event) => note(event.message));
  addEventListener('unhandledrejection', (event) => note(event.reason));
  addEventListener('securitypolicyviolation', (event) => note(event.violatedDirective + ' forbids ' + event.blockedURI));
  for (const level of ['error', 'warn']) console[level] = (...words) => note(words.join(' '));
  window.Worker = class extends Worker {
    constructor(...words) {
      super(...words);
      const index = watched.workers.push(0) - 1;
      this.addEventListener('message', () => watched.workers[index]++);
      this.addEventListener('error', (event) => note('worker: ' + event.message));
    }
  };`;

/** Writes an exported page once more, watched: with one script ahead of all others, which its policy allows as it does its own. */
export function watchPage(from: string, to: string): void {
  const hash = createHash('sha256').update(watcher).digest('base64');
  const page = readFileSync(from, 'utf8');
  const parts = /^([^]*script-src )([^]*?>\n)([^]*)$/.exec(page);
  if (parts === null) throw new Error(`${from} has no Content-Security-Policy`);
  const [, start, policy, rest] = parts;
  writeFileSync(to, `${start}'sha256-${hash}' ${policy}<script>${watcher}</script>\n${rest}`);
}
