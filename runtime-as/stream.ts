/**
 * A sample enters the sliding window. sample: f32[channels]. ring: f32[2 x samples x channels], in which each sample lies twice,
 * `samples` apart, so that a window is always in one piece. state: i32[4], zeros at first: the place of the next sample, samples seen
 * since the last window was due, samples until the last value that was not finite has left the window, and whether the window before
 * was scored (the caller's).
 *
 * Gives the address of the window when one is due; 1 when it is due but holds a value that is not finite; else 0.
 */
export function push_sample(sample: usize, ring: usize, state: usize, channels: i32, samples: i32, hop: i32): usize {
  const bytes = channels << 2;
  const span = samples * bytes;
  let next = load<i32>(state);
  let to = ring + next * bytes;
  let finite = true;
  for (const end = sample + bytes; sample < end; sample += 4) {
    const value = load<f32>(sample);
    store<f32>(to, value);
    store<f32>(to + span, value);
    if (!(value - value === 0)) finite = false;
    to += 4;
  }
  next = next + 1 === samples ? 0 : next + 1;
  store<i32>(state, next);
  const unclean = finite ? max(load<i32>(state, 8) - 1, 0) : samples;
  store<i32>(state, unclean, 8);
  const seen = load<i32>(state, 4) + 1;
  if (seen < samples) {
    store<i32>(state, seen, 4);
    return 0;
  }
  store<i32>(state, seen - hop, 4);
  if (unclean === 0) return ring + next * bytes;
  store<i32>(state, 0, 12);
  return 1;
}

/** Whether all of f32[n] are finite. */
export function all_finite(x: usize, n: i32): bool {
  for (const end = x + (n << 2); x < end; x += 4) {
    const value = load<f32>(x);
    if (!(value - value === 0)) return false;
  }
  return true;
}
