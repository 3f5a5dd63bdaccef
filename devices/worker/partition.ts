const encoder = new TextEncoder();
const scratch = new Uint8Array(1024);

/**
 * The partition of a sensor, 0 to partitions - 1, the same on every host and in every version: FNV-1a of its name's UTF-8 (of its
 * first 1,024 bytes), 32 bits, mixed by MurmurHash3's finalizer (FNV alone leaves the low bits of similar names alike), modulo.
 */
export function partitionOf(sensor: string, partitions: number): number {
  const { written } = encoder.encodeInto(sensor, scratch);
  let hash = 0x811c9dc5;
  for (let i = 0; i < written; i++) hash = Math.imul(hash ^ scratch[i]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % partitions;
}
