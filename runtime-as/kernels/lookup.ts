/** i16 -> i16: out[i] = table[x[i] - first]. x, out: i16[n]; table: i16[256]; first <= x[i] < first + 256. */
export function lookup_i16(x: usize, out: usize, n: i32, table: usize, first: i32): void {
  for (const end = x + (n << 1); x < end; x += 2) {
    store<i16>(out, load<i16>(table + ((<i32>load<i16>(x) - first) << 1)));
    out += 2;
  }
}
