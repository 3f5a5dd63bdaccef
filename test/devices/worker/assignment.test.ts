import { describe, expect, test } from 'vitest';
import {
  emptyAssignment,
  excessOf,
  LifeSigns,
  nextAssignment,
  parseAssignment,
  type Assignment,
  type Beat,
} from '../../../devices/worker/assignment.ts';
import { random } from '../../random.ts';

const beat = (before: Assignment, worker: string, more: Partial<Beat> = {}): Assignment =>
  nextAssignment(before, { worker, dead: [], released: [], isLeaving: false, ...more });

const owners = ({ partitions }: Assignment): string => partitions.map((ownership) => ownership?.owner ?? '-').join('');

/** What a worker gives back, at once. */
function release(assignment: Assignment, worker: string, more: Partial<Beat> = {}): Assignment {
  const released = excessOf(assignment, worker).map((partition) => ({
    partition,
    token: assignment.partitions[partition]!.token,
  }));
  return beat(assignment, worker, { released, ...more });
}

test('one worker takes all; a second one gets half as the first lets go; the rest stays where it is', () => {
  const alone = beat(emptyAssignment(5), 'a');
  expect(owners(alone)).toBe('aaaaa');
  const joined = beat(alone, 'b');
  expect(owners(joined)).toBe('aaaaa');
  expect(excessOf(joined, 'a')).toEqual([3, 4]);
  const freed = release(joined, 'a');
  expect(owners(freed)).toBe('aaa--');
  expect(owners(beat(freed, 'b'))).toBe('aaabb');
});

test('a worker that leaves takes nothing, is there until it owns nothing, and then is forgotten', () => {
  const both = beat(beat(release(beat(beat(emptyAssignment(4), 'a'), 'b'), 'a'), 'b'), 'a');
  expect(owners(both)).toBe('aabb');
  const leaving = beat(both, 'a', { isLeaving: true });
  expect(owners(leaving)).toBe('aabb');
  expect(excessOf(leaving, 'a')).toEqual([0, 1]);
  const left = release(leaving, 'a', { isLeaving: true });
  expect(Object.keys(left.workers)).toEqual(['b']);
  expect(owners(beat(left, 'b'))).toBe('bbbb');
});

test('what a dead worker had goes to others with tokens that were never given before', () => {
  const before = beat(emptyAssignment(3), 'a');
  const after = beat(before, 'b', { dead: ['a'] });
  expect(owners(after)).toBe('bbb');
  expect(Math.min(...after.partitions.map((ownership) => ownership!.token))).toBeGreaterThan(before.token);
});

test('what was released with an old token is not free: it was taken again meanwhile', () => {
  const before = beat(emptyAssignment(1), 'a');
  expect(owners(beat(before, 'a', { released: [{ partition: 0, token: 99 }] }))).toBe('a');
  expect(owners(beat(before, 'b', { released: [{ partition: 0, token: 1 }] }))).toBe('a');
});

describe('who is dead', () => {
  test('whoever is silent over four beats of ours; whoever speaks in between is not', () => {
    const signs = new LifeSigns(4);
    let state = beat(beat(emptyAssignment(2), 'silent'), 'speaks');
    for (let i = 0; i < 5; i++) {
      expect(signs.dead(state.workers)).toEqual([]);
      signs.note(state.workers);
      state = beat(state, 'speaks');
    }
    expect(signs.dead(state.workers)).toEqual(['silent']);
  });

  test('nobody while our own beats do not get through, however long', () => {
    const signs = new LifeSigns(4);
    const state = beat(emptyAssignment(2), 'silent');
    signs.note(state.workers);
    for (let i = 0; i < 100; i++) expect(signs.dead(state.workers)).toEqual([]);
  });
});

test('after 300 random joins, leaves and deaths no partition is unowned or owned by the gone, and shares differ by at most one', () => {
  const next = random(3);
  let state = emptyAssignment(13);
  const alive = new Set(['w0']);
  for (let i = 1; i <= 300; i++) {
    const kind = next() % 3;
    const victim = [...alive][next() % alive.size]!;
    if (kind === 0 && alive.size < 6) alive.add(`w${i}`);
    else if (alive.size > 1) {
      alive.delete(victim);
      if (kind === 1) state = release(beat(state, victim, { isLeaving: true }), victim, { isLeaving: true });
      else state = beat(state, [...alive][0]!, { dead: [victim] });
    }
    for (let round = 0; round < 3; round++) for (const worker of alive) state = release(beat(state, worker), worker);
    const counts = [...alive].map((worker) => state.partitions.filter((ownership) => ownership?.owner === worker).length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(13);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    const tokens = state.partitions.map((ownership) => ownership!.token);
    expect(new Set(tokens).size).toBe(13);
  }
});

test('what is stored is read back; what is not ours is not', () => {
  const state = beat(emptyAssignment(2), 'a');
  expect(parseAssignment(JSON.stringify(state))).toEqual(state);
  for (const text of ['', '{}', '[]', 'null', '{"version":2}', JSON.stringify({ ...state, partitions: [1] })]) {
    expect(parseAssignment(text)).toBeNull();
  }
});
