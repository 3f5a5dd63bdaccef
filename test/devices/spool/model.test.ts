import { expect, test } from 'vitest';
import { openSpool } from '../../../devices/spool/spool.ts';
import { random } from '../../random.ts';
import { emptyFolder } from '../journal/folder.ts';
import { dataAt } from './data-at.ts';

test('any run of appends, reads, acknowledgements and restarts gives what a list would', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const draw = random(seed * 7919);
    const upTo = (most: number): number => draw() % (most + 1);
    const options = { folder: emptyFolder(), maxBytes: 10 * 65_536, cacheRecords: upTo(1) * 40, cacheBytes: 20_000 };
    let spool = openSpool(options);
    const names = ['a', 'b'];
    const cursors = new Map(names.map((name) => [name, spool.consumer(name).position]));
    const wrong: string[] = [];
    for (let step = 0; step < 120; step++) {
      const name = names[upTo(1)]!;
      const consumer = spool.consumer(name);
      expect(consumer.position).toBe(cursors.get(name));
      const kind = upTo(12);
      if (kind < 5) spool.append(Array.from({ length: upTo(30) }, (_, i) => dataAt(spool.next + i)));
      else if (kind < 9) {
        const from = Math.min(spool.next, consumer.position + upTo(100));
        const most = 1 + upTo(60);
        const entries = consumer.read(from, most);
        const isRight = entries.every(({ position, data }, i) => position === from + i && dataAt(position).equals(data));
        if (!isRight || entries.length !== Math.min(spool.next, from + most) - from) wrong.push(`seed ${seed}, step ${step}`);
      } else if (kind < 12) {
        const to = Math.min(spool.next, consumer.position + upTo(120));
        consumer.acknowledge(to);
        cursors.set(name, to);
      } else {
        await spool.close();
        spool = openSpool(options);
      }
      expect(spool.stats.records).toBe(spool.next - Math.min(...cursors.values()));
    }
    expect(wrong).toEqual([]);
    expect(spool.stats).toMatchObject({ dropped: 0, problem: null });
    await spool.close();
  }
});
