import { expect, test } from 'vitest';
import { formatFloat32 } from '../../../../compiler/cli/output.ts';
import { History, shortestFloat32 } from '../../../../devices/export/html/page/history.ts';

function historyOf(scores: readonly (number | null)[], isAlarm: (i: number) => boolean = () => false): History {
  const history = new History();
  scores.forEach((score, i) => history.add({ position: i + 1, score, alarm: isAlarm(i) }));
  return history;
}

test('few scores are shown one by one', () => {
  const view = historyOf([1, 2, null, 4], (i) => i >= 2).view(Infinity, 300);
  expect(view).toEqual({ positions: [1, 2, 3, 4], scores: [1, 2, null, 4], alarms: [[3, 4]] });
});

test('of many scores each column keeps its peak, its least and its gap', () => {
  const scores = Array.from({ length: 10_000 }, (_, i) => (i === 7777 ? 50 : i === 1234 ? -3 : i === 5000 ? null : 1));
  const { positions, scores: shown } = historyOf(scores).view(Infinity, 200);
  expect(positions.length).toBeLessThanOrEqual(202);
  expect(shown[positions.indexOf(7778)]).toBe(50);
  expect(shown[positions.indexOf(1235)]).toBe(-3);
  expect(shown).toContain(null);
  expect(positions).toEqual(positions.toSorted((a, b) => a - b));
});

test('the last scores alone, with an alarm that was on before them', () => {
  const { positions, alarms } = historyOf([1, 1, 1, 1, 1], (i) => i < 4).view(2, 300);
  expect(positions).toEqual([4, 5]);
  expect(alarms).toEqual([[4, 4]]);
});

test('alarms that follow each other at some distance are two', () => {
  const { alarms } = historyOf([1, 1, 1, 1, 1], (i) => i !== 2).view(Infinity, 300);
  expect(alarms).toEqual([
    [1, 2],
    [4, 5],
  ]);
});

test('the oldest scores are forgotten, and still counted', () => {
  const history = new History();
  for (let i = 0; i < 300_000; i++) history.add({ position: i, score: i, alarm: false });
  expect(history.total).toBe(300_000);
  expect(history.length).toBeLessThan(262_145);
  expect(history.at(history.length - 1).score).toBe(299_999);
  expect(history.csv().split('\n')[1]).toMatch(/^(\d+),\1,0$/);
});

test('scores are written with the digits of the command line', () => {
  for (const value of [0.1, 1 / 3, 1e-7, 123_456.7, 3.4e38, 0].map(Math.fround))
    expect(shortestFloat32(value)).toBe(formatFloat32(value));
});
