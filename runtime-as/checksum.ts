/** FNV-1a over the little-endian 32-bit words of `bytes` bytes at `address` (a multiple of 4), as runtime-js/artifact/checksum.ts. */
export function fnv1a_words(address: usize, bytes: usize): i32 {
  let hash: i32 = 0x811c9dc5;
  for (const end = address + bytes; address < end; address += 4) hash = (hash ^ load<i32>(address)) * 0x01000193;
  return hash;
}
