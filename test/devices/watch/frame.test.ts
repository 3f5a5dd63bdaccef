import { expect, test } from 'vitest';
import { Board } from '../../../devices/watch/board.ts';
import { readNotice } from '../../../devices/watch/notice.ts';
import { bar, cell, sparkline } from '../../../devices/watch/terminal/cells.ts';
import { frame } from '../../../devices/watch/terminal/frame.ts';
import { Viewer } from '../../../devices/watch/viewer.ts';

const now = 1_700_000_000_000;

function boardOf(messages: Readonly<Record<string, object | string>>): Board {
  const board = new Board();
  board.connected(now - 60_000);
  for (const [topic, message] of Object.entries(messages)) {
    const payload = typeof message === 'string' ? message : JSON.stringify({ threshold: 2, alarm: false, ...message });
    board.take(readNotice('s', `s/${topic}`, Buffer.from(payload))!, now - 3000);
  }
  return board;
}

const board = boardOf({
  'hall-a/press-1/score': { score: 4.62, alarm: true, why: [{ channel: 'vib_x', share: 0.6 }] },
  'hall-a/press-2/score': { score: 0.5 },
  'hall-b/fan/score': { score: null },
  'hall-c/status': 'offline',
  ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`hall-b/pump-${i}/score`, { score: i / 100 }])),
});

const draw = (columns: number, lines: number, input: Partial<Parameters<typeof frame>[0]> = {}): string[] =>
  frame({
    board,
    viewer: new Viewer(board, { filter: '', show: 'all', limit: 100 }),
    link: { broker: 'mqtt://plant:1883', isOnline: true, reason: '' },
    columns,
    lines,
    colour: false,
    nowMs: now,
    ...input,
  });

test('the worst first, as many as there is room for, and what is below', () => {
  expect(draw(100, 9).map((line) => line.trimEnd())).toEqual([
    'sandglass watch  mqtt://plant:1883  43 sensors of 3 gateways',
    '▲ 1 in alarm   ? 1 without score   ● 41 normal',
    '! gateway hall-c is offline for 3 s: 0 sensors',
    '  SENSOR             GATEWAY                THRESHOLD       TIMES  LAST SCORES                   AGE',
    '▲ press-1            hall-a            ██████████████████    2.31                         █      3 s',
    '? fan                hall-b                     │               -                         ·      3 s',
    // A quarter of the threshold is an eighth of 18 columns: 2 and a quarter.
    '● press-2            hall-a            ██▎      │           0.250                         ▂      3 s',
    '● pump-39            hall-b            █▊       │           0.195                         ▁      3 s',
    '  39 more below, q to leave',
  ]);
});

test.each([200, 140, 100, 84, 64, 44, 28, 20, 5])(
  'no line is longer than %i columns, and none is more than there is room for',
  (columns) => {
    for (const lines of [1, 2, 5, 24]) {
      const drawn = draw(columns, lines);
      expect(drawn.length).toBeLessThanOrEqual(lines);
      expect(Math.max(...drawn.map((line) => [...line].length))).toBeLessThanOrEqual(columns);
    }
  },
);

test('colours only where they are wanted', () => {
  expect(draw(80, 20).join('')).not.toContain('\u001b');
  expect(draw(80, 20, { colour: true }).join('')).toContain('\u001b[31m');
});

test('without a broker it says why', () => {
  const link = { broker: 'mqtt://plant:1883', isOnline: false, reason: 'connection refused' };
  expect(draw(80, 20, { link })[2]!.trimEnd()).toBe('! no connection to the broker: connection refused');
});

test('names that would break the picture do not', () => {
  const hostile = boardOf({ 'h/x/score': { device: 'a\u001b[2J\u202eb\n', score: 1 }, 'h/日本語/score': { score: 0.5 } });
  const drawn = draw(60, 10, { board: hostile, viewer: new Viewer(hostile, { filter: '', show: 'all', limit: 10 }) });
  expect(drawn.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(drawn[3]).toContain('a\\u{1b}[2J\\u{202e}b\\u{a}');
});

test('cells are as wide as they should be: wide characters count twice, what is cut ends in an ellipsis', () => {
  expect(cell('pump', 6)).toBe('pump  ');
  expect(cell('pump', 6, 'right')).toBe('  pump');
  expect(cell('conveyor', 5)).toBe('conv…');
  expect(cell('日本語', 6)).toBe('日本語');
  expect(cell('日本語', 5)).toBe('日本…');
  expect(cell('日本語', 4)).toBe('日… ');
  expect(cell('x', 0)).toBe('');
});

test('bars and lines have the threshold in their middle', () => {
  expect(bar(null, 4)).toBe('  │ ');
  expect(bar(1, 4)).toBe('██│ ');
  expect(bar(9, 4)).toBe('████');
  expect(sparkline([NaN, 0, 0.99, 1, 2, 9], 8)).toBe('  ·▁▄▅██');
});
