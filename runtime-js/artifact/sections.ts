import { ArtifactError } from './error.ts';

/** Names of our custom sections. */
export const sectionNames = {
  golden: 'sandglass.golden',
  graph: 'sandglass.graph',
  manifest: 'sandglass.manifest',
  checksum: 'sandglass.checksum',
} as const;

/** One section of a WebAssembly module (https://webassembly.github.io/spec/core/binary/modules.html#sections). */
export interface Section {
  readonly id: number;
  /** Custom sections only; '' otherwise. */
  readonly name: string;
  /** Offset of the id byte in the module. */
  readonly start: number;
  /** Content without id and size; for a custom section also without its name. */
  readonly content: Uint8Array;
}

const headerBytes = 8;
const customId = 0;
export const dataSectionId = 11;

/** Walks over the sections of a module without copying. `where` is named in errors. */
export function readSections(module: Uint8Array, where: string): Section[] {
  const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  if (module.length < headerBytes || magic.some((byte, i) => module[i] !== byte)) {
    throw new ArtifactError(where, 'is not a WebAssembly module', 'Give the .wasm file that `sandglass compile` wrote.');
  }
  const sections: Section[] = [];
  for (let at = headerBytes; at < module.length;) {
    const start = at;
    const size = readLeb(module, at + 1, where);
    const end = size.next + size.value;
    if (end > module.length)
      throw truncated(where, `byte ${start}: a section of ${size.value} bytes runs past the end at ${module.length}`);
    sections.push(sectionOf(module, start, size.next, end, where));
    at = end;
  }
  return sections;
}

function sectionOf(module: Uint8Array, start: number, from: number, end: number, where: string): Section {
  const id = module[start]!;
  if (id !== customId) return { id, name: '', start, content: module.subarray(from, end) };
  const length = readLeb(module, from, where);
  const nameEnd = length.next + length.value;
  if (nameEnd > end) throw truncated(where, `byte ${start}: a custom section's name runs past its end`);
  const name = new TextDecoder().decode(module.subarray(length.next, nameEnd));
  return { id, name, start, content: module.subarray(nameEnd, end) };
}

/** The content of a custom section, or undefined. */
export const customSection = (sections: readonly Section[], name: string): Section | undefined =>
  sections.find((section) => section.id === customId && section.name === name);

/** Bytes of a section with id and size. */
export function encodeSection(id: number, content: Uint8Array): Uint8Array {
  return concat([Uint8Array.of(id), leb(content.length), content]);
}

/** Bytes of a custom section with its name. */
export function encodeCustomSection(name: string, content: Uint8Array): Uint8Array {
  const nameBytes = new TextEncoder().encode(name);
  return encodeSection(customId, concat([leb(nameBytes.length), nameBytes, content]));
}

/** Unsigned LEB128 (https://webassembly.github.io/spec/core/binary/values.html#integers). */
export function leb(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Uint8Array.from(bytes);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function readLeb(bytes: Uint8Array, from: number, where: string): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[from + i];
    if (byte === undefined) throw truncated(where, `byte ${from + i}: a number runs past the end`);
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, next: from + i + 1 };
  }
  throw truncated(where, `byte ${from}: a number has more than 5 bytes`);
}

const truncated = (where: string, what: string): ArtifactError =>
  new ArtifactError(where, what, 'The artifact is truncated or damaged: copy it again.');
