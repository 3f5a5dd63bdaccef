import { ArtifactError } from './error.ts';
import { concat, customSection, dataSectionId, encodeCustomSection, sectionNames, type Section } from './sections.ts';

/**
 * FNV-1a over little-endian 32-bit words instead of bytes, the tail padded with zeros. Each step is a bijection of the hash,
 * so that any damage within one word is found for sure. Against accidents only: against intent there is the signature.
 * Source of the constants: https://datatracker.ietf.org/doc/rfc9923/
 */
export function fnv1aWords(bytes: Uint8Array): number {
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  const words = new Uint32Array(padded.buffer);
  let hash = 0x811c9dc5;
  // By index: an engine that has not warmed up takes three times as long over an iterator, and this runs once per load.
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193);
  return hash >>> 0;
}

/** Two checksums: one of the weights as they lie in memory, which the module computes itself, and one of all else. */
export interface Checksums {
  readonly constants: number;
  readonly rest: number;
}

/**
 * The section that closes an artifact. The weights are the bulk, and a cold JavaScript engine takes milliseconds for what
 * the module's own `checksum` export does in a tenth: that is why there are two. `constants`: the memory image at address 0.
 */
export function encodeChecksum(before: Uint8Array, sections: readonly Section[], constants: Uint8Array): Uint8Array {
  const content = new Uint8Array(8);
  const view = new DataView(content.buffer);
  view.setUint32(0, fnv1aWords(constants), true);
  view.setUint32(4, fnv1aWords(withoutData(before, sections)), true);
  return encodeCustomSection(sectionNames.checksum, content);
}

/** Throws an ArtifactError unless everything but the weights is whole; gives the checksum that the weights must have. */
export function verifyRest(artifact: Uint8Array, sections: readonly Section[], where: string): number {
  const section = customSection(sections, sectionNames.checksum);
  if (section === undefined || section.content.length !== 8) {
    throw new ArtifactError(
      where,
      'has no checksum: it is cut off, or not a Sandglass artifact',
      'Copy it again, or compile the model.',
    );
  }
  const view = new DataView(section.content.buffer, section.content.byteOffset, 8);
  const before = artifact.subarray(0, section.start);
  compareChecksums(fnv1aWords(withoutData(before, sections)), view.getUint32(4, true), where);
  return view.getUint32(0, true);
}

export function compareChecksums(found: number, expected: number, where: string): void {
  if (found === expected) return;
  throw new ArtifactError(
    where,
    `is corrupted: checksum ${hex(found)} where ${hex(expected)} is expected`,
    'Copy the artifact again, or compile the model again.',
  );
}

/** The artifact up to the checksum section, with the data section left out. */
function withoutData(before: Uint8Array, sections: readonly Section[]): Uint8Array {
  const data = sections.find(({ id }) => id === dataSectionId);
  if (data === undefined) return before;
  const end = data.content.byteOffset - before.byteOffset + data.content.length;
  return concat([before.subarray(0, data.start), before.subarray(end)]);
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');
