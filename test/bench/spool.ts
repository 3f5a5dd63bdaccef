import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Journal } from '../../devices/journal/journal.ts';
import type { Spool } from '../../devices/spool/define.ts';
import { openSpool } from '../../devices/spool/spool.ts';
import { median } from './statistics.ts';

// node test/bench/spool.ts [folder on the disk to be measured, else the working directory]

const record = Buffer.alloc(200, 'x');
const secondsEach = 0.5;
const rounds = 3;
const folder = mkdtempSync(join(process.argv[2] ?? process.cwd(), '.bench-spool-'));

/** Records per second of an endless activity that tells how many records it did: the median of some rounds. */
async function rateOf(activity: () => Promise<number> | number): Promise<number> {
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    let done = 0;
    const started = performance.now();
    while (performance.now() - started < 1000 * secondsEach) {
      const records = activity();
      done += typeof records === 'number' ? records : await records;
    }
    rates.push((1000 * done) / (performance.now() - started));
  }
  return median(rates);
}

const print = (what: string, perSecond: number): void => {
  console.log(`${what.padEnd(60)} ${Math.round(perSecond).toLocaleString('en').padStart(12)} records/s`);
};

async function withSpool(name: string, use: (spool: Spool) => Promise<void>): Promise<void> {
  const spool = openSpool({ folder: join(folder, name) });
  await use(spool);
  await spool.close();
}

for (const size of [1, 10, 100]) {
  const batch = Array.from({ length: size }, () => record);
  await withSpool(`append-${size}`, async (spool) => {
    const append = (): number => {
      spool.append(batch);
      return size;
    };
    print(`append, batches of ${size}`, await rateOf(append));
    print(`append + fdatasync, batches of ${size}`, await rateOf(() => spool.sync().then(append)));
  });
  await withSpool(`deliver-${size}`, async (spool) => {
    const consumer = spool.consumer('sink');
    const deliver = (): number => {
      spool.append(batch);
      const entries = consumer.read(consumer.position, size);
      consumer.acknowledge(entries.at(-1)!.position + 1);
      return entries.length;
    };
    print(`append, read from memory and acknowledge, batches of ${size}`, await rateOf(deliver));
  });
}

await withSpool('backlog', async (spool) => {
  const consumer = spool.consumer('sink');
  const batch = Array.from({ length: 1000 }, () => record);
  for (let i = 0; i < 1000; i++) spool.append(batch);
  console.log(`bytes on disk per record of 200: ${(spool.stats.bytes / spool.stats.records).toFixed(2)}`);
  const started = performance.now();
  let delivered = 0;
  for (let entries = consumer.read(0, 100); entries.length > 0; entries = consumer.read(consumer.position, 100)) {
    consumer.acknowledge(entries.at(-1)!.position + 1);
    delivered += entries.length;
  }
  print('read from disk and acknowledge, batches of 100', (1000 * delivered) / (performance.now() - started));
});

const journal = new Journal({ folder: join(folder, 'journal') });
const small = Array.from({ length: 100 }, () => Buffer.alloc(32, 'x'));
const append = (): number => {
  journal.append(small);
  return small.length;
};
print('journal of samples: append 32 bytes each, batches of 100', await rateOf(append));
await journal.close();
rmSync(folder, { recursive: true });
