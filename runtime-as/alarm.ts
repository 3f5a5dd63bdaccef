/**
 * The alarm after one more score: on after `raise` scores in a row above `threshold` (or not a number), off after `clear` in a row at or
 * below `clearAt`. counter: i32, how many there have been; 0 at first.
 */
export function next_alarm(alarm: i32, score: f32, threshold: f32, clearAt: f32, raise: i32, clear: i32, counter: usize): i32 {
  const wantsChange = alarm ? score <= clearAt : !(score <= threshold);
  if (!wantsChange) {
    store<i32>(counter, 0);
    return alarm;
  }
  const count = load<i32>(counter) + 1;
  const needed = alarm ? clear : raise;
  if (count < needed) {
    store<i32>(counter, count);
    return alarm;
  }
  store<i32>(counter, 0);
  return 1 - alarm;
}
