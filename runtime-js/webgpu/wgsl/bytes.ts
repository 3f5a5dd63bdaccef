/** Four int8 in a word, the first in the lowest byte. */
export const bytes = /* wgsl */ `
fn pack(v: vec4<i32>) -> u32 {
  let b = bitcast<vec4<u32>>(v) & vec4<u32>(255u);
  return b.x | (b.y << 8u) | (b.z << 16u) | (b.w << 24u);
}
fn unpack(word: u32) -> vec4<i32> {
  return vec4<i32>(vec4<u32>(word << 24u, word << 16u, word << 8u, word)) >> vec4<u32>(24u);
}
`;

/** Whether dot products of bytes are the language feature's, or of unpacked bytes: some drivers are wrong, some slower. */
export type Dot = 'packed' | 'unpacked';

export const dots: Readonly<Record<Dot, string>> = {
  packed: 'fn dot_bytes(a: u32, b: u32) -> i32 { return dot4I8Packed(a, b); }\n',
  unpacked: 'fn dot_bytes(a: u32, b: u32) -> i32 { return dot(unpack(a), unpack(b)); }\n',
};
