/**
 * Fills out with n values of the standard normal distribution, the same for a seed on every host: integers from SplitMix32
 * pick a place in a table of the distribution's quantiles. table: f32[513], the quantiles from 0.5 to 1 at equal steps.
 */
export function sample_normal(seed: i32, out: usize, n: i32, table: usize): void {
  let state = <u32>seed;
  for (const end = out + (n << 2); out < end; out += 4) {
    state += 0x9e3779b9;
    let z = state;
    z = (z ^ (z >> 16)) * 0x21f0aaad;
    z = (z ^ (z >> 15)) * 0x735a2d97;
    z = z ^ (z >> 15);
    // The highest bit is the sign, nine bits choose a step, the rest is how far to go on it.
    const entry = table + (((z >> 22) & 511) << 2);
    const rest: f32 = <f32>(z & 0x3fffff) * (1.0 / 4194304.0);
    const rise: f32 = load<f32>(entry, 4) - load<f32>(entry);
    const part: f32 = rest * rise;
    const value: f32 = load<f32>(entry) + part;
    store<f32>(out, <i32>z < 0 ? -value : value);
  }
}
