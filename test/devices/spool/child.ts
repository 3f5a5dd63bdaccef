import { setTimeout as sleep } from 'node:timers/promises';
import { openSpool } from '../../../devices/spool/spool.ts';
import { dataAt } from './data-at.ts';

// node child.ts <folder> <steps>: appends and acknowledges and says after each what is promised to survive. Is killed by the tests.

const [folder = '', steps = ''] = process.argv.slice(2);
const say = (words: string): void => void process.stdout.write(`${words}\n`);

const spool = openSpool({ folder, maxBytes: 65_536, cursorMs: 1, retryMs: 5 });
const consumer = spool.consumer('sink');
say(`acknowledged ${consumer.position}`);
for (let step = 0; step < Number(steps); step++) {
  spool.append(Array.from({ length: 7 }, (_, i) => dataAt(spool.next + i)));
  say(`appended ${spool.next}`);
  // Leaves some, so that what is delivered and what is not lies in several segments.
  const entries = consumer.read(consumer.position, Math.max(0, spool.next - 40 - consumer.position));
  if (entries.length > 0) consumer.acknowledge(entries.at(-1)!.position + 1);
  say(`acknowledged ${consumer.position}`);
  if (step % 4 === 0) await spool.sync();
  await sleep(2);
}
await spool.close();
say('closed');
