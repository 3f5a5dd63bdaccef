import { expect, test } from 'vitest';
import { next, withCauses, withWindow, type Alarm, type State } from '../../../../devices/export/html/page/alarms.ts';

const scored = (position: number, score: number | null, alarm: boolean) => ({ position, score, alarm });

test('a state begins with the window that changed it', () => {
  const windows = [scored(1, 1, false), scored(2, 1, false), scored(3, 9, true), scored(4, 9, true), scored(5, null, false)];
  const states: State[] = [];
  let state: State = { at: 'waiting' };
  for (const window of windows) states.push((state = next(state, window)));
  expect(states).toEqual([
    { at: 'normal', since: 1 },
    { at: 'normal', since: 1 },
    { at: 'alarm', since: 3 },
    { at: 'alarm', since: 3 },
    { at: 'blind', since: 5 },
  ]);
});

test('an alarm lasts from its first window to its last, and knows its peak', () => {
  let alarms: readonly Alarm[] = [];
  [
    scored(1, 1, false),
    scored(2, 5, true),
    scored(3, 9, true),
    scored(4, 6, true),
    scored(5, 1, false),
    scored(6, 7, true),
  ].forEach((window, i) => (alarms = withWindow(alarms, window, i)));
  expect(alarms).toEqual([
    { from: 2, to: 4, over: true, peak: 9, peakWindow: 2, causes: [] },
    { from: 6, to: 6, over: false, peak: 7, peakWindow: 5, causes: [] },
  ]);
});

test('a higher peak has other causes: those of the one before are not kept', () => {
  const causes = [{ channel: 'a1', share: 1, feature: null }];
  const first = withWindow([], scored(1, 5, true), 0);
  const explained = withCauses(first, first[0]!, causes);
  expect(explained[0]!.causes).toEqual(causes);
  expect(withWindow(explained, scored(2, 4, true), 1)[0]!.causes).toEqual(causes);
  expect(withWindow(explained, scored(2, 6, true), 1)[0]!.causes).toEqual([]);
});
