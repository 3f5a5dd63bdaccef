import { describe, expect, test } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { openSource, readNamed } from '../../compiler/files.ts';
import { nextAlarm, noAlarm, type AlarmState } from '../../runtime-js/artifact/alarm.ts';
import { loadBytes } from '../../runtime-js/model.ts';

const clip = readNamed('test/models/ad01/normal_id_01_00000000_hist_librosa.bin');
const values = new Float32Array(clip.bytes.buffer.slice(clip.bytes.byteOffset, clip.bytes.byteOffset + clip.bytes.length));

const rule = (raise: number, clear: number, clearAt: number) =>
  ({ threshold: 10, alarm: { raise, clear, clearAt } }) as Parameters<typeof nextAlarm>[2];

test.each([
  ['at once', rule(1, 1, 10), [9, 11, 10, 11, NaN, 9], '011110'.replace('0111', '0101')],
  ['after two in a row', rule(2, 1, 10), [11, 9, 11, 11, 9], '00010'],
  ['off after two in a row', rule(1, 2, 10), [11, 9, 11, 9, 9], '11110'],
  ['off below another level', rule(1, 1, 5), [11, 9, 6, 5, 9], '11100'],
] as const)('%s', (_, score, scores, expected) => {
  let state: AlarmState = noAlarm;
  const found = scores.map((value) => ((state = nextAlarm(state, value, score)).on ? 1 : 0));
  expect(found.join('')).toBe(expected);
});

describe.each(['simd', 'scalar'] as const)('the artifact, %s', (target) => {
  test.each([
    { raise: 1, clear: 1, clearBelow: 1 },
    { raise: 2, clear: 1, clearBelow: 1 },
    { raise: 1, clear: 3, clearBelow: 0.97 },
    { raise: 3, clear: 2, clearBelow: 0.9 },
  ])('%j: run, runBatch and push have the alarms of the reference', async (alarm) => {
    const options = {
      model: openSource('test/models/ad01/ad01.h5'),
      data: clip,
      hop: 128,
      target,
      alarm,
      threshold: 'quantile:0.6',
    };
    const model = await loadBytes((await compile({ ...options, batch: 1 })).artifact, 'ad01');
    const { score } = model.info.manifest;
    expect(score.alarm.clearAt).toBe(Math.fround(score.threshold * alarm.clearBelow));
    const [run, push, expected, batch]: boolean[][] = [[], [], [], []];
    let state = noAlarm;
    for (let start = 0; start + 640 <= values.length; start += 128) {
      const window = values.subarray(start, start + 640);
      state = nextAlarm(state, model.run(window), score);
      expected!.push(state.on);
      run!.push(model.alarm);
    }
    model.reset();
    expect(model.alarm).toBe(false);
    for (const value of values) if (typeof model.push([value]) === 'number') push!.push(model.alarm);
    model.reset();
    for (let start = 0; start + 640 <= values.length; start += 128) {
      model.runBatch(values.subarray(start, start + 640));
      batch!.push(model.alarm);
    }
    expect(new Set(expected).size).toBe(2);
    expect([run, push, batch]).toEqual([expected, expected, expected]);
  });

  test('a batch goes through its windows in order', async () => {
    const alarm = { raise: 3, clear: 1, clearBelow: 1 };
    const options = { model: openSource('test/models/ad01/ad01.h5'), data: clip, target, alarm, threshold: '0' };
    const model = await loadBytes((await compile(options)).artifact, 'ad01');
    model.runBatch(values.subarray(0, 1280));
    expect(model.alarm).toBe(false);
    model.runBatch(values.subarray(0, 640));
    expect(model.alarm).toBe(true);
  });
});
