import type { LogFields } from '../../../devices/log.ts';
import { handleSignals } from '../../../devices/agent/signals.ts';

// A process that is sent signals: says what it does on standard output. Its word says how its stop goes.
const [how] = process.argv.slice(2);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const note = (what: string, fields: LogFields = {}): void => void process.stderr.write(`${what} ${JSON.stringify(fields)}\n`);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let reloads = 0;
handleSignals({
  async stop(signal) {
    say(`stopping ${signal}`);
    if (how === 'hangs') await new Promise(() => {});
    if (how === 'fails') throw new Error('the disk is on fire');
    await pause(50);
    say('stopped');
  },
  async reload() {
    say(`reload ${++reloads}`);
    await pause(200);
    if (reloads === 1) throw new Error('sandglass.json, line 3: no');
    say(`reloaded ${reloads}`);
  },
  log: { debug: note, info: note, warn: note, error: note },
  exit: (code) => process.exit(code),
});
if (how === 'throws') setTimeout(() => nothing(), 10);
if (how === 'rejects') setTimeout(() => void Promise.reject(new Error('nobody listens')), 10);
setInterval(() => {}, 1000);
say('up');

function nothing(): never {
  throw new TypeError('nothing is there');
}
