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

/**
 * Three checksums. `rest`, of the code and all that is small, the loader computes before it runs anything. The weights where
 * they lie in memory, and the golden vectors, are the bulk: the module computes those with its own `checksum` export, as a
 * cold JavaScript engine takes milliseconds and megabytes for what that does in a tenth.
 */
export interface Checksums {
  readonly constants: number;
  /** Bytes of the constants in memory, from address 0. */
  readonly constantBytes: number;
  readonly golden: number;
  readonly rest: number;
}

const fields = ['constants', 'constantBytes', 'golden', 'rest'] as const satisfies readonly (keyof Checksums)[];

/** The section that closes an artifact. `constants`: the memory image at address 0. */
export function encodeChecksum(before: Uint8Array, sections: readonly Section[], constants: Uint8Array): Uint8Array {
  return encodeFields({
    constants: fnv1aWords(constants),
    constantBytes: constants.length,
    golden: fnv1aWords(goldenOf(sections)),
    rest: fnv1aWords(restOf(before, sections)),
  });
}

export function encodeFields(checksums: Checksums): Uint8Array {
  const content = new Uint8Array(4 * fields.length);
  const view = new DataView(content.buffer);
  fields.forEach((field, i) => view.setUint32(4 * i, checksums[field], true));
  return encodeCustomSection(sectionNames.checksum, content);
}

/** Throws an ArtifactError unless code and manifest are whole; gives the checksums that weights and golden vectors must have. */
export function verifyRest(artifact: Uint8Array, sections: readonly Section[], where: string): Checksums {
  const section = customSection(sections, sectionNames.checksum);
  if (section === undefined || section.content.length !== 4 * fields.length) {
    throw new ArtifactError(
      where,
      'has no checksum: it is cut off, or not a Sandglass artifact',
      'Copy it again, or compile the model.',
    );
  }
  const view = new DataView(section.content.buffer, section.content.byteOffset, section.content.length);
  const [constants, constantBytes, golden, rest] = fields.map((_, i) => view.getUint32(4 * i, true)) as [
    number,
    number,
    number,
    number,
  ];
  compareChecksums(fnv1aWords(restOf(artifact.subarray(0, section.start), sections)), rest, where);
  return { constants, constantBytes, golden, rest };
}

/**
 * Throws an ArtifactError unless the weights in the instance's memory and the golden vectors are whole. The vectors are
 * copied behind the constants for it, where zeros are left behind.
 */
export function verifyBulk(
  { memory, checksum }: { readonly memory: WebAssembly.Memory; readonly checksum: (address: number, bytes: number) => number },
  sections: readonly Section[],
  expected: Checksums,
  where: string,
): void {
  const start = Math.ceil(expected.constantBytes / 4) * 4;
  const golden = goldenOf(sections);
  const end = start + Math.ceil(golden.length / 4) * 4;
  if (start > memory.buffer.byteLength) compareChecksums(0, expected.constants, where);
  compareChecksums(checksum(0, start) >>> 0, expected.constants, where);
  if (end > memory.buffer.byteLength) {
    compareChecksums(fnv1aWords(golden), expected.golden, where);
    return;
  }
  const scratch = new Uint8Array(memory.buffer, start, end - start);
  scratch.set(golden);
  compareChecksums(checksum(start, end - start) >>> 0, expected.golden, where);
  scratch.fill(0);
}

const goldenOf = (sections: readonly Section[]): Uint8Array =>
  customSection(sections, sectionNames.golden)?.content ?? new Uint8Array();

export function compareChecksums(found: number, expected: number, where: string): void {
  if (found === expected) return;
  throw new ArtifactError(
    where,
    `is corrupted: checksum ${hex(found)} where ${hex(expected)} is expected`,
    'Copy the artifact again, or compile the model again.',
  );
}

/** The artifact up to the checksum section, without the weights and the golden vectors. */
function restOf(before: Uint8Array, sections: readonly Section[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const { id, name, content } of sections) {
    if (id !== dataSectionId && name !== sectionNames.golden) continue;
    const start = content.byteOffset - before.byteOffset;
    parts.push(before.subarray(from, start));
    from = start + content.length;
  }
  return concat([...parts, before.subarray(from)]);
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');
