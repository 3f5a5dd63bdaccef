import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Board, type Change } from '../../../devices/watch/board.ts';
import { filtersOf, readNotice } from '../../../devices/watch/notice.ts';
import { bySeverity } from '../../../devices/watch/severity.ts';
import { Viewer } from '../../../devices/watch/viewer.ts';
import { sentenceOf } from '../../../devices/watch/words.ts';

/** Seconds of a test -> milliseconds since 1970. */
const at = (seconds: number): number => 1_700_000_000_000 + 1000 * seconds;

interface Score {
  readonly seq?: number;
  readonly epoch?: number;
  readonly score?: number | null;
  readonly alarm?: boolean;
  readonly why?: unknown;
}

/** A board, and words to write messages to it as they come from a broker. */
function open(options = { maxSensors: 100, maxGateways: 10 }) {
  const board = new Board(options);
  board.connected(at(0));
  const send = (topic: string, payload: string, seconds: number): void => {
    const notice = readNotice('sandglass', topic, Buffer.from(payload));
    if (notice === null) board.malformed();
    else board.take(notice, at(seconds));
  };
  const message = (seconds: number, { seq = 1, epoch = 1, score = 1, alarm = false, why }: Score): string =>
    JSON.stringify({ epoch, seq, scoredAt: new Date(at(seconds)).toISOString(), time: null, score, threshold: 2, alarm, why });
  return {
    board,
    send,
    score: (name: string, seconds: number, score: Score = {}) =>
      send(`sandglass/hall/${name}/score`, message(seconds, score), seconds),
    names: (seconds: number, show: 'all' | 'alarm' | 'look' | 'normal' = 'all', filter = '') =>
      new Viewer(board, { filter, show, limit: 100 }).rows(at(seconds)).map(({ name }) => name),
    said: () => board.takeChanges().map(sentenceOf),
  };
}

test('the worst first: alarms by their level, above, without score, silent, normal by level, gateways that are offline', () => {
  const { board, score, send, names } = open();
  for (const seq of [1, 2, 3]) score('quiet', seq - 3, { seq });
  score('low', 10, { score: 0.2 });
  score('high', 10, { score: 1.8 });
  score('blind', 10, { score: null });
  score('above', 10, { score: 5 });
  score('alarm', 10, { score: 3, alarm: true });
  score('worse', 10, { score: 9, alarm: true });
  send('sandglass/gone/far/score', JSON.stringify({ score: 1, threshold: 2, alarm: false }), 10);
  send('sandglass/gone/status', 'offline', 10);
  board.tick(at(11));
  expect(names(11)).toEqual(['worse', 'alarm', 'above', 'blind', 'quiet', 'high', 'low', 'far']);
  expect(names(11, 'look')).toEqual(['above', 'blind', 'quiet']);
  expect(names(11, 'alarm')).toEqual(['worse', 'alarm']);
  expect(names(11, 'all', ' HALL/h')).toEqual(['high']);
  expect(board.counts()).toEqual({ alarm: 2, above: 1, blind: 1, silent: 1, normal: 2, waiting: 0, offline: 1 });
});

test('the order is total: any rows sort the same way from any beginning', () => {
  const row = fc.record({
    condition: fc.constantFrom('alarm', 'above', 'blind', 'silent', 'normal', 'waiting', 'offline'),
    ratio: fc.option(fc.oneof(fc.double({ min: 0, noNaN: true }), fc.constant(Infinity))),
    name: fc.string(),
  });
  fc.assert(
    fc.property(fc.uniqueArray(row, { selector: ({ name }) => name, maxLength: 20 }), (rows) => {
      expect(rows.toSorted(bySeverity)).toEqual(rows.toReversed().toSorted(bySeverity));
    }),
    { numRuns: 200 },
  );
});

describe('numbers', () => {
  test('what came before is dropped, by epoch and seq; what is left out is counted', () => {
    const { board, score } = open();
    for (const seq of [1, 2, 2, 1, 5, 4, 6]) score('a', seq, { seq, score: seq / 10 });
    expect(board.tally).toMatchObject({ scores: 4, duplicates: 3, gaps: 2 });
    score('a', 7, { seq: 7, epoch: 0 });
    expect(board.tally).toMatchObject({ duplicates: 4 });
    score('a', 8, { seq: 1, epoch: 2 });
    expect(board.tally).toMatchObject({ scores: 5, gaps: 2 });
    expect([...board.rows()][0]!.history()).toHaveLength(5);
  });

  test('what was sent before we came, or while we were away, is no gap', () => {
    const { board, score } = open();
    score('a', 1, { seq: 1000 });
    board.disconnected();
    board.connected(at(5));
    score('a', 6, { seq: 1006 });
    score('a', 7, { seq: 1007 });
    expect(board.tally).toMatchObject({ gaps: 0, scores: 3 });
  });
});

describe('silence', () => {
  test('is several of the usual intervals of the sensor, by the clock of the gateway', () => {
    const { board, score, said } = open();
    for (let seq = 1; seq <= 10; seq++) {
      score('slow', 60 * seq, { seq });
      score('fast', 599 + seq / 10, { seq });
    }
    board.tick(at(604));
    expect(said()).toEqual([]);
    board.tick(at(606));
    expect(said()).toEqual(['hall/fast is silent']);
    board.tick(at(899));
    expect(said()).toEqual([]);
    board.tick(at(901));
    expect(said()).toEqual(['hall/slow is silent']);
    score('fast', 902, { seq: 11 });
    expect(said()).toEqual(['hall/fast is heard again']);
  });

  test('a backlog that comes in a burst does not shorten the interval, an outage does not stretch it for long', () => {
    const { board, send, score } = open();
    const scored = (seq: number, scoredAt: number, came: number): void =>
      send('sandglass/hall/a/score', JSON.stringify({ ...JSON.parse(messageAt(scoredAt)), seq }), came);
    const messageAt = (seconds: number): string =>
      JSON.stringify({ epoch: 1, scoredAt: new Date(at(seconds)).toISOString(), score: 1, threshold: 2, alarm: false });
    for (let seq = 1; seq <= 10; seq++) scored(seq, 60 * seq, 1000 + seq / 1000);
    board.tick(at(1250));
    expect(board.counts()).toMatchObject({ normal: 1, silent: 0 });
    board.tick(at(1302));
    expect(board.counts()).toMatchObject({ silent: 1 });
    // A day away, then once a minute again.
    score('a', 90_000, { seq: 11 });
    for (let seq = 12; seq < 40; seq++) score('a', 90_000 + 60 * (seq - 11), { seq });
    board.tick(at(90_000 + 60 * 28 + 700));
    expect(board.counts()).toMatchObject({ silent: 1 });
  });

  test('nobody is silent while we do not listen', () => {
    const { board, score, said } = open();
    for (let seq = 1; seq <= 3; seq++) score('a', seq, { seq });
    board.disconnected();
    board.tick(at(1000));
    board.connected(at(1000));
    board.tick(at(1004));
    expect(board.counts()).toMatchObject({ normal: 1 });
    board.tick(at(1006));
    expect(said()).toEqual(['hall/a is silent']);
  });

  test('a sensor in alarm stays in alarm, and is marked', () => {
    const { board, score } = open();
    for (let seq = 1; seq <= 3; seq++) score('a', seq, { seq, alarm: true, score: 4 });
    board.tick(at(100));
    const [row] = [...board.rows()];
    expect(row!.condition).toBe('alarm');
    expect(board.isSilent(row!, at(100))).toBe(true);
  });
});

const retained = (alarm: boolean, seconds: number): string =>
  JSON.stringify({ alarm, score: 4, time: null, scoredAt: new Date(at(seconds)).toISOString() });

describe('retained alarms', () => {
  test('say how a sensor stands before its first score, and since when', () => {
    const { board, send, said } = open();
    send('sandglass/hall/a/alarm', retained(true, -3600), 1);
    send('sandglass/hall/b/alarm', retained(false, -3600), 1);
    expect([...board.rows()].map(({ condition, alarmSince }) => [condition, alarmSince])).toEqual([
      ['alarm', at(-3600)],
      ['waiting', null],
    ]);
    expect(said()).toEqual(['hall/a is in alarm']);
  });

  test('older than a score they change nothing; empty they take the sensor away', () => {
    const { board, send, score } = open();
    score('a', 10, { score: 1 });
    send('sandglass/hall/a/alarm', retained(true, 9), 11);
    expect([...board.rows()][0]!.condition).toBe('normal');
    send('sandglass/hall/a/alarm', '', 12);
    expect(board.size).toBe(0);
    expect(board.gateways()).toMatchObject([{ node: 'hall', sensors: 0 }]);
    expect(board.tally.malformed).toBe(0);
  });

  test('a week later the usual interval is that of the scores', () => {
    const { board, send, score } = open();
    send('sandglass/hall/a/alarm', retained(false, -600_000), 0);
    for (let seq = 1; seq <= 3; seq++) score('a', seq, { seq });
    board.tick(at(10));
    expect(board.counts()).toMatchObject({ silent: 1 });
  });
});

test('alarms that go on and off, and gateways that go and come, are told in words', () => {
  const { board, score, send, said } = open();
  send('sandglass/hall/status', '{"state":"online"}', 0);
  score('a', 1, { seq: 1, score: 1 });
  score('a', 2, { seq: 2, score: 4.62, alarm: true, why: [{ channel: 'vib_x', share: 0.617 }] });
  score('a', 3, { seq: 3, score: null, alarm: true });
  score('a', 4, { seq: 4, score: 1 });
  score('a', 5, { seq: 5, score: null });
  send('sandglass/hall/status', '{"state":"offline","reason":"stopped"}', 6);
  send('sandglass/hall/status', 'online', 7);
  expect(said()).toEqual([
    'hall/a is in alarm: 2.31 times its threshold (vib_x 62 %)',
    'hall/a is no longer in alarm',
    'hall/a has no score',
    'gateway hall is offline',
    'gateway hall is online',
    'hall/a has no score',
  ]);
  expect(board.tally).toMatchObject({ malformed: 0, duplicates: 0, gaps: 0 });
});

describe('a hostile publisher', () => {
  test('cannot make more sensors or gateways than there may be, nor push out those that speak', () => {
    const { board, score, send } = open({ maxSensors: 10, maxGateways: 3 });
    for (let i = 0; i < 1000; i++) score(`s${i}`, 1);
    for (let i = 0; i < 1000; i++) send(`sandglass/g${i}/status`, 'online', 2);
    expect(board.size).toBe(10);
    expect(board.gateways()).toHaveLength(3);
    expect(board.tally.refused).toBe(990 + 998);
    board.tick(at(100_000));
    score('s3', 100_000, { seq: 2 });
    score('new', 100_001);
    expect([...board.rows()].map(({ name }) => name)).toEqual(['s3', 'new']);
  });

  test('cannot speak for another gateway: a topic says who it is', () => {
    const { board, send } = open();
    send('sandglass/mine/a/score', JSON.stringify({ node: 'hall', device: 'a', score: 9, threshold: 2, alarm: true }), 1);
    expect([...board.rows()].map(({ node, name }) => [node, name])).toEqual([['mine', 'a']]);
  });

  test('cannot forge a line of a terminal', () => {
    const { send, said } = open();
    const device = 'x\u001b[2J\nhall/y is in alarm';
    send('sandglass/hall/a/score', JSON.stringify({ device, score: 9, threshold: 2, alarm: true }), 1);
    expect(said()).toEqual(['hall/x\\u{1b}[2J\\u{a}hall/y is in alarm is in alarm: 4.50 times its threshold']);
  });

  test.each([
    ['sandglass/hall/a/score', '{'],
    ['sandglass/hall/a/score', '[]'],
    ['sandglass/hall/a/score', 'null'],
    ['sandglass/hall/a/score', '{"score":1,"threshold":2}'],
    ['sandglass/hall/a/score', ''],
    ['sandglass/hall/a/other', '{"alarm":true}'],
    ['sandglass/hall/status', 'sleeping'],
    ['sandglass/hall/status', '{"state":7}'],
    ['sandglass//a/score', '{"alarm":true}'],
    [`sandglass/hall/${'x'.repeat(201)}/score`, '{"alarm":true}'],
    ['elsewhere/hall/a/score', '{"alarm":true}'],
  ])('%s %s is not understood', (topic, payload) => {
    const { board, send } = open();
    send(topic, payload, 1);
    expect(board.tally.malformed).toBe(1);
    expect(board.size).toBe(0);
  });

  test('any bytes are read or not understood, and any JSON', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .record({ alarm: fc.boolean(), score: fc.anything(), threshold: fc.anything(), seq: fc.anything(), why: fc.anything() })
        .map((value) => Buffer.from(JSON.stringify(value))),
    );
    fc.assert(
      fc.property(anything, fc.constantFrom('hall/a/score', 'hall/a/alarm', 'hall/status'), (payload, topic) => {
        const board = new Board();
        const notice = readNotice('sandglass', `sandglass/${topic}`, payload);
        if (notice !== null) board.take(notice, at(0));
        const changes: readonly Change[] = board.takeChanges();
        expect(changes.map(sentenceOf).join('')).not.toMatch(/undefined|NaN/);
      }),
      { numRuns: 500 },
    );
  });
});

test('names that a topic cannot hold are shown as they are', () => {
  const { board, send } = open();
  send('sandglass/hall%2F7/press%231/score', JSON.stringify({ device: 'press#1', score: 1, threshold: 2, alarm: false }), 1);
  expect([...board.rows()].map(({ node, name }) => `${node} ${name}`)).toEqual(['hall/7 press#1']);
});

test('rows keep their places for two seconds, unless one changes its condition', () => {
  const { board, score } = open();
  const viewer = new Viewer(board, { filter: '', show: 'all', limit: 100 });
  const names = (seconds: number): string =>
    viewer
      .rows(at(seconds))
      .map(({ name }) => name)
      .join('');
  score('a', 0, { seq: 1, score: 1 });
  score('b', 0, { seq: 1, score: 0.5 });
  expect(names(0)).toBe('ab');
  score('b', 1, { seq: 2, score: 1.5 });
  expect(names(1)).toBe('ab');
  expect(names(2)).toBe('ba');
  score('a', 2.5, { seq: 2, score: 7, alarm: true });
  expect(names(2.5)).toBe('ab');
});

test('a prefix is no filter', () => {
  expect(filtersOf('plant/sandglass')).toEqual([
    'plant/sandglass/+/+/score',
    'plant/sandglass/+/+/alarm',
    'plant/sandglass/+/status',
  ]);
});

test.each(['', 'a/#', '+', '$SYS'])('nor is %j a prefix', (prefix) => {
  expect(() => filtersOf(prefix)).toThrow(/a prefix of topics has no/);
});
