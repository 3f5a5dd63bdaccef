import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PublishError } from '../../../devices/mqtt/in-flight.ts';
import { Delivery } from '../../../devices/sinks/delivery.ts';
import type { Entry } from '../../../devices/spool/define.ts';
import { captureLog } from '../captured-log.ts';
import { MemoryConsumer } from '../memory-spool.ts';

/** A broker that answers when the test says so. */
function world(count: number) {
  const consumer = new MemoryConsumer();
  consumer.append(Array.from({ length: count }, (_, n) => Uint8Array.of(n)));
  const log = captureLog();
  const sent: { readonly entry: Entry; answer(error: PublishError | null): void }[] = [];
  const given: string[] = [];
  const delivery = new Delivery(
    consumer,
    (entry, answer) => sent.push({ entry, answer }),
    (why) => given.push(why),
    log,
  );
  const positions = (): number[] => sent.map(({ entry }) => entry.position);
  return { consumer, log, sent, given, delivery, positions };
}

/** The cursor moves once per turn of the event loop. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const lost = new PublishError('offline', 'lost');

test('the cursor stands before the first record that is not acknowledged, whatever the order of the answers', async () => {
  const { consumer, sent, delivery, positions } = world(5);
  delivery.pump(3);
  expect(positions()).toEqual([0, 1, 2]);
  sent[1]?.answer(null);
  sent[2]?.answer(null);
  await turn();
  expect(consumer.position).toBe(0);
  sent[0]?.answer(null);
  await turn();
  expect([consumer.position, consumer.acknowledgements]).toEqual([3, 1]);
  delivery.pump(3);
  expect(positions()).toEqual([0, 1, 2, 3, 4]);
  expect(delivery.isIdle).toBe(false);
});

test('after a lost connection it goes on from the first that was not acknowledged; late answers do not count', async () => {
  const { consumer, sent, delivery, positions } = world(4);
  delivery.pump(4);
  sent[0]?.answer(null);
  sent[2]?.answer(null);
  for (const { answer } of sent.slice(3)) answer(lost);
  delivery.restart(null);
  expect(consumer.position).toBe(1);
  sent[1]?.answer(null);
  await turn();
  expect(consumer.position).toBe(1);
  delivery.pump(4);
  expect(positions().slice(4)).toEqual([1, 2, 3]);
});

test('a record that the broker will never take is left out, counted and logged; one that it does not take now ends the connection', async () => {
  const { consumer, sent, delivery, given, log } = world(3);
  delivery.pump(3);
  sent[0]?.answer(new PublishError('unfit', 'too large', 149));
  sent[1]?.answer(new PublishError('refused', 'a quota is used up', 151));
  sent[2]?.answer(null);
  await turn();
  expect([consumer.position, delivery.skipped, given]).toEqual([1, 1, ['a quota is used up']]);
  expect(log.lines).toEqual([
    'error a record is left out: the broker will never take it {"position":0,"why":"too large","skipped":1}',
  ]);
});

test('a broker that ends the connection for one record of many: they go one by one, and that one is left out', async () => {
  const { consumer, sent, delivery, positions } = world(4);
  const tooLarge = 149;
  delivery.pump(4);
  delivery.restart(tooLarge);
  delivery.pump(4);
  expect(positions()).toEqual([0, 1, 2, 3, 0]);
  sent[4]?.answer(null);
  await turn();
  delivery.pump(4);
  // Record 1 is the one.
  delivery.restart(tooLarge);
  expect([consumer.position, delivery.skipped]).toEqual([2, 1]);
  delivery.pump(4);
  sent[6]?.answer(null);
  await turn();
  delivery.pump(4);
  sent[7]?.answer(null);
  await turn();
  expect([consumer.position, positions().slice(5), delivery.isIdle]).toEqual([4, [1, 2, 3], true]);
});

test('records that the spool drops meanwhile are not waited for', async () => {
  const { consumer, sent, delivery, positions } = world(10);
  delivery.pump(2);
  consumer.position = 6;
  for (const { answer } of sent) answer(null);
  await turn();
  delivery.pump(10);
  expect(positions()).toEqual([0, 1, 6, 7, 8, 9]);
  expect(consumer.position).toBe(6);
});

test('whatever the broker does, no record is left out, and over one connection none comes after a later one', async () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constant('pump' as const), room: fc.nat(7) }),
    fc.record({ kind: fc.constant('answer' as const), which: fc.nat(20) }),
    fc.record({ kind: fc.constant('lose' as const) }),
    fc.record({ kind: fc.constant('turn' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 60 }), async (events) => {
      const { consumer, sent, delivery, positions } = world(30);
      let connectionBegan = 0;
      const received = new Set<number>();
      const answer = (n: number): void => {
        const one = sent[n];
        if (one === undefined) return;
        received.add(one.entry.position);
        one.answer(null);
      };
      for (const step of events) {
        if (step.kind === 'pump') delivery.pump(step.room);
        if (step.kind === 'answer') answer(connectionBegan + step.which);
        if (step.kind === 'turn') await turn();
        if (step.kind === 'lose') {
          delivery.restart(null);
          connectionBegan = sent.length;
        }
        const now = positions().slice(connectionBegan);
        expect(now).toEqual(now.toSorted((a, b) => a - b));
        for (let n = 0; n < consumer.position; n++) expect(received.has(n)).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});
