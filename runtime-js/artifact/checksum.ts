import { ArtifactError } from './error.ts';
import { customSection, encodeCustomSection, sectionNames, type Section } from './sections.ts';

/**
 * FNV-1a over little-endian 32-bit words instead of bytes (four times fewer steps at load time), the tail padded with
 * zeros. Each step is a bijection of the hash, so that any damage within one word is found for sure. Against accidents
 * only: against intent there is the signature. Source of the constants: https://datatracker.ietf.org/doc/rfc9923/
 */
export function checksum(bytes: Uint8Array): number {
  const wholeWords = bytes.length >>> 2;
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, wholeWords);
  let hash = 0x811c9dc5 ^ bytes.length;
  for (let i = 0; i < wholeWords; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193);
  let tail = 0;
  for (let i = wholeWords * 4; i < bytes.length; i++) tail |= bytes[i]! << (8 * (i % 4));
  return Math.imul(hash ^ tail, 0x01000193) >>> 0;
}

/** The section that closes an artifact: the checksum of everything before it. */
export function encodeChecksum(before: Uint8Array): Uint8Array {
  const content = new Uint8Array(4);
  new DataView(content.buffer).setUint32(0, checksum(before), true);
  return encodeCustomSection(sectionNames.checksum, content);
}

/** Throws an ArtifactError unless the artifact is whole. */
export function verifyChecksum(artifact: Uint8Array, sections: readonly Section[], where: string): void {
  const section = customSection(sections, sectionNames.checksum);
  if (section === undefined || section.content.length !== 4) {
    throw new ArtifactError(
      where,
      'has no checksum: it is cut off, or not a Sandglass artifact',
      'Copy it again, or compile the model.',
    );
  }
  const expected = new DataView(section.content.buffer, section.content.byteOffset, 4).getUint32(0, true);
  const found = checksum(artifact.subarray(0, section.start));
  if (found === expected) return;
  throw new ArtifactError(
    where,
    `is corrupted: checksum ${hex(found)} where ${hex(expected)} is expected`,
    'Copy the artifact again, or compile the model again.',
  );
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');
