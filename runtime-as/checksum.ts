/** FNV-1a over the little-endian 32-bit words of `bytes` bytes at 0 (a multiple of 4), as runtime-js/artifact/checksum.ts. */
export function fnv1a_words(bytes: usize): i32 {
  let hash: i32 = 0x811c9dc5;
  for (let at: usize = 0; at < bytes; at += 4) hash = (hash ^ load<i32>(at)) * 0x01000193;
  return hash;
}
