import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { logDefaults, openLog, type LogOptions } from '../../../devices/agent/log-pino.ts';

/** A log, and the lines that it wrote. */
function open(options: Partial<LogOptions> = {}, place: { isTerminal?: boolean; isJournal?: boolean } = {}) {
  const lines: string[] = [];
  const target = { write: (line: string) => void lines.push(line), isTerminal: false, isJournal: false, ...place };
  return { log: openLog({ ...logDefaults, ...options }, target), lines };
}

test('a line is time, level, sentence and fields', () => {
  const { log, lines } = open();
  log.info('connected to the broker', { broker: 'mqtt://plant:1883', attempts: 3, session: true, why: null, said: 'not yet' });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info  connected to the broker broker=mqtt:\/\/plant:1883 attempts=3 session=true why=null said="not yet"\n$/,
  );
});

test('JSON on demand: time, level, what, fields', () => {
  const { log, lines } = open({ form: 'json' });
  log.warn('refused', { reason: 'malformed', count: 2 });
  expect(JSON.parse(lines[0]!)).toEqual({
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    reason: 'malformed',
    count: 2,
    what: 'refused',
  });
});

test('what is below the level is not said, and the level can change', () => {
  const { log, lines } = open();
  log.debug('one');
  log.level = 'error';
  log.warn('two');
  log.error('three');
  log.level = 'debug';
  log.debug('four');
  expect(lines.map((line) => line.trim().split(' ').at(-1))).toEqual(['three', 'four']);
});

test('colours only in a terminal; in the journal its level instead of the time', () => {
  const coloured = open({}, { isTerminal: true });
  coloured.log.error('broken');
  expect(coloured.lines[0]).toContain('\u001b[31merror\u001b[39m');
  const journal = open({}, { isJournal: true });
  journal.log.error('broken', { by: 'us' });
  journal.log.debug('nothing');
  journal.log.info('fine');
  expect(journal.lines).toEqual(['<3>broken by=us\n', '<6>fine\n']);
});

describe('a publisher', () => {
  const hostile = 'x\n2026-01-01T00:00:00.000Z error forged\u001b[2J\u009b31m\u202etxet\u2028"=';

  test.each([
    ['text', 'detail="x\\u{a}2026-01-01T00:00:00.000Z error forged\\u{1b}[2J\\u{9b}31m\\u{202e}txet\\u{2028}\\"="'],
    ['json', `"detail":${JSON.stringify(hostile)}`],
  ] as const)('cannot forge a line or move a cursor (%s)', (form, text) => {
    const { log, lines } = open({ form });
    log.warn('refused', { reason: 'malformed', detail: hostile });
    expect(lines).toHaveLength(1);
    expect(lines[0]!.trimEnd()).not.toContain('\n');
    expect(lines[0]).toContain(text);
  });

  test('cannot fill the log with one value', () => {
    const { log, lines } = open();
    log.warn('refused', { detail: 'x'.repeat(100_000) });
    expect(lines[0]!.length).toBeLessThan(1200);
  });
});

test.each(['text', 'json'] as const)('secrets that should not be there are hidden (%s)', (form) => {
  const { log, lines } = open({ form });
  log.error('cannot reach mqtts://eye:hunter2@plant:8883/x', {
    password: 'hunter2',
    mqttPassword: 'hunter2',
    passphrase: 'hunter2',
    token: 'hunter2',
    apiKey: 'hunter2',
    url: 'wss://eye:hunter2@plant/mqtt',
    pem: '-----BEGIN EC PRIVATE KEY-----\nhunter2\n-----END EC PRIVATE KEY-----',
    broker: 'mqtts://plant:8883',
    key: 'sinks.json.password',
  });
  expect(lines[0]).not.toContain('hunter2');
  expect(lines[0]).toContain('mqtts://[hidden]@plant:8883/x');
  expect(lines[0]).toContain('sinks.json.password');
});

test('a thousand lines before an exit all arrive, through a pipe', () => {
  const script = `
    import { openLog } from './devices/agent/log-pino.ts';
    const log = openLog();
    for (let i = 0; i < 1000; i++) log.info('line', { i, padding: 'x'.repeat(200) });
    process.exit(3);`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(status).toBe(3);
  expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/line i=999 padding=x{200}$/);
});
