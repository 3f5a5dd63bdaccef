/** Eight tables of 256: byte k of eight at once is looked up in table 7 - k. */
const tables = makeTables();

function makeTables(): Int32Array {
  const result = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0xedb88320;
    result[byte] = crc;
  }
  for (let at = 256; at < result.length; at++) {
    const before = result[at - 256]!;
    result[at] = (before >>> 8) ^ result[before & 255]!;
  }
  return result;
}

/**
 * CRC-32 (IEEE 802.3) of bytes[from .. to), continued from `seed`, as node:zlib's crc32. That one is missing in Node 20.0 to 20.14, and needs
 * a subarray per call: for 200 bytes 255 ns, this 178 ns; for 2,000 bytes 570 and 1,640.
 */
export function crc32(bytes: Uint8Array, from: number, to: number, seed: number): number {
  let crc = ~seed;
  let at = from;
  for (; at + 8 <= to; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      tables[1792 + (crc & 255)]! ^
      tables[1536 + ((crc >>> 8) & 255)]! ^
      tables[1280 + ((crc >>> 16) & 255)]! ^
      tables[1024 + (crc >>> 24)]! ^
      tables[768 + bytes[at + 4]!]! ^
      tables[512 + bytes[at + 5]!]! ^
      tables[256 + bytes[at + 6]!]! ^
      tables[bytes[at + 7]!]!;
  }
  for (; at < to; at++) crc = tables[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
