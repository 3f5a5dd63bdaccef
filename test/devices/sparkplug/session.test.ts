import { describe, expect, test } from 'vitest';
import { count, firstState, next, type EdgeEffect, type EdgeEvent, type EdgeState } from '../../../devices/sparkplug/session.ts';
import { parseState } from '../../../devices/sparkplug/state-message.ts';

const kind = (name: 'connected' | 'subscribed' | 'rebirth' | 'all-born' | 'lost' | 'stop'): EdgeEvent => ({ kind: name });
const connect = (bdSeq: number): EdgeEvent => ({ kind: 'connect', bdSeq });
const host = (online: boolean, timestamp: number): EdgeEvent => ({ kind: 'host', state: { online, timestamp } });

/** Steps from the start; gives the last state and all effects. */
function run(
  waits: boolean,
  events: readonly EdgeEvent[],
): { readonly state: EdgeState; readonly effects: readonly EdgeEffect[] } {
  const effects: EdgeEffect[] = [];
  let state = firstState(waits);
  for (const event of events) {
    const step = next(state, event);
    state = step.state;
    if (step.effect !== 'none') effects.push(step.effect);
  }
  return { state, effects };
}

const toWaiting = [connect(4), kind('connected'), kind('subscribed')];
const toLive = [...toWaiting, kind('all-born')];

test('it subscribes, is born, and goes live when all devices are', () => {
  expect(run(false, toLive)).toEqual({
    state: { session: { at: 'live', bdSeq: 4, seq: 255 }, host: null },
    effects: ['subscribe', 'birth'],
  });
});

test('numbers run from 0 to 255 and begin again, over all kinds of messages (tck-id-payloads-sequence-num-incrementing, tck-id-message-flow-edge-node-birth-publish-nbirth-payload-seq)', () => {
  let { state } = run(false, toLive);
  const numbers: number[] = [];
  for (let i = 0; i < 520; i++) {
    const counted = count(state);
    state = counted.state;
    numbers.push(counted.seq);
  }
  expect(numbers).toEqual(Array.from({ length: 520 }, (_, i) => i % 256));
});

test('no message has a number before the birth or after the death', () => {
  for (const events of [
    [],
    [connect(0)],
    [connect(0), kind('connected')],
    [...toLive, kind('lost')],
    [...toLive, kind('stop')],
  ]) {
    expect(() => count(run(false, events).state)).toThrow('internal: a message of an edge node that is');
  }
});

test('a rebirth has the bdSeq of the connection and begins at 0; in the middle of births they begin again (tck-id-operational-behavior-data-commands-rebirth-action-3)', () => {
  const { state, effects } = run(false, [...toLive, kind('rebirth'), kind('rebirth')]);
  expect(state.session).toEqual({ at: 'births', bdSeq: 4, seq: 255 });
  expect(effects).toEqual(['subscribe', 'birth', 'birth', 'birth']);
  expect(count(state).seq).toBe(0);
});

test('a rebirth is not for who is not born', () => {
  for (const events of [[], [connect(0)], toWaiting.slice(0, 2), [...toLive, kind('stop')]]) {
    const { state } = run(false, events);
    expect(next(state, kind('rebirth'))).toEqual({ state, effect: 'none' });
  }
});

test('a lost connection is born again with the next bdSeq', () => {
  const { state } = run(false, [...toLive, kind('lost'), connect(5), kind('connected'), kind('subscribed')]);
  expect(state.session).toEqual({ at: 'births', bdSeq: 5, seq: 255 });
});

describe('with a primary host', () => {
  test('it waits until the host is online (tck-id-message-flow-edge-node-birth-publish-phid-wait, tck-id-message-flow-edge-node-birth-publish-phid-wait-online, tck-id-operational-behavior-edge-node-birth-sequence-wait)', () => {
    expect(run(true, toWaiting)).toMatchObject({ state: { session: { at: 'waiting' } }, effects: ['subscribe'] });
    expect(run(true, [...toWaiting, host(false, 10)]).state.session.at).toBe('waiting');
    expect(run(true, [...toWaiting, host(false, 10), host(true, 11)]).effects).toEqual(['subscribe', 'birth']);
  });

  test('a STATE that comes before the subscriptions are granted counts', () => {
    expect(run(true, [connect(0), kind('connected'), host(true, 10), kind('subscribed')]).effects).toEqual([
      'subscribe',
      'birth',
    ]);
  });

  test('an online from before the last STATE is stale, one of the same time is not (tck-id-message-flow-edge-node-birth-publish-phid-wait-timestamp)', () => {
    expect(run(true, [...toWaiting, host(false, 10), host(true, 9)]).state.session.at).toBe('waiting');
    expect(run(true, [...toWaiting, host(false, 10), host(true, 10)]).state.session.at).toBe('births');
  });

  test('when the host goes offline it dies and connects again (tck-id-message-flow-edge-node-birth-publish-phid-offline, tck-id-operational-behavior-edge-node-termination-host-offline)', () => {
    for (const events of [toLive, toWaiting]) {
      const born = [...events.slice(0, 3), host(true, 10), ...events.slice(3)];
      const { state, effects } = run(true, [...born, host(false, 10)]);
      expect(effects).toEqual(['subscribe', 'birth', 'die-and-renew']);
      expect(state.session).toEqual({ at: 'leaving', bdSeq: 4 });
    }
  });

  test('an offline from before the last online is stale: the death of an earlier connection of the host (tck-id-operational-behavior-edge-node-termination-host-offline-timestamp)', () => {
    const { state } = run(true, [...toWaiting, host(true, 10), kind('all-born')]);
    expect(next(state, host(false, 9))).toEqual({ state, effect: 'none' });
  });

  test('with the next connection it waits again, and remembers what is stale', () => {
    const born = [...toWaiting, host(true, 10), kind('all-born'), host(false, 12), kind('lost')];
    const again = [...born, connect(5), kind('connected'), kind('subscribed')];
    expect(run(true, again).state.session.at).toBe('waiting');
    expect(run(true, [...again, host(true, 11)]).state.session.at).toBe('waiting');
    expect(run(true, [...again, host(true, 12)]).state.session.at).toBe('births');
  });
});

test('stopped, it dies where it is connected, and comes back never (tck-id-operational-behavior-edge-node-intentional-disconnect-ndeath)', () => {
  expect(run(false, [...toLive, kind('stop')]).effects.at(-1)).toBe('die-and-close');
  expect(run(true, [...toWaiting, kind('stop')]).effects.at(-1)).toBe('die-and-close');
  expect(run(false, [kind('stop')]).effects).toEqual(['close']);
  expect(run(false, [kind('stop'), connect(1), kind('lost'), kind('stop')])).toEqual({
    state: { session: { at: 'closed' }, host: null },
    effects: ['close'],
  });
});

test.each([
  ['{"online":true,"timestamp":1767225600000}', { online: true, timestamp: 1_767_225_600_000 }],
  ['{"timestamp":0,"online":false,"more":1}', { online: false, timestamp: 0 }],
  ['ONLINE', null],
  ['', null],
  ['null', null],
  ['{"online":"true","timestamp":1}', null],
  ['{"online":true}', null],
  ['{"online":true,"timestamp":"1"}', null],
  ['{"online":true,"timestamp":-1}', null],
  ['{"online":true,"timestamp":1e999}', null],
  [`{"online":true,"timestamp":1,"x":"${'x'.repeat(5000)}"}`, null],
])('STATE %j', (payload, state) => {
  expect(parseState(Buffer.from(payload))).toEqual(state);
});

test('a STATE that is not UTF-8 is none', () => {
  expect(parseState(Uint8Array.from([0xff, 0xfe]))).toBeNull();
});
