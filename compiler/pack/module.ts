import { concat, dataSectionId, encodeSection, leb, readSections } from '../../runtime-js/artifact/sections.ts';
import type { Segment } from '../plan/memory.ts';
import { constantBytes } from '../plan/plan.ts';

const codeSectionId = 10;

/** The module without custom sections and with the segments as its data section, the only one: weights never pass through asc. */
export function injectData(module: Uint8Array, segments: readonly Segment[]): Uint8Array {
  const sections = readSections(module, 'the assembled module').filter(({ id }) => id !== 0);
  if (sections.some(({ id }) => id >= dataSectionId) || sections.at(-1)?.id !== codeSectionId) {
    throw new Error('internal: the assembled module has data of its own');
  }
  return concat([
    module.subarray(0, 8),
    ...sections.map(({ id, content }) => encodeSection(id, content)),
    encodeSection(dataSectionId, encodeData(segments)),
  ]);
}

/** One active segment at address 0; zeros at its end are left to the memory's initial zeros. */
function encodeData(segments: readonly Segment[]): Uint8Array {
  const image = constantsImage(segments);
  const bytes = image.subarray(0, image.findLastIndex((byte) => byte !== 0) + 1);
  return concat([leb(1), Uint8Array.of(0x00, 0x41, 0x00, 0x0b), leb(bytes.length), bytes]);
}

/** The memory from address 0 to the end of the last constant. */
export function constantsImage(segments: readonly Segment[]): Uint8Array {
  const image = new Uint8Array(constantBytes(segments));
  for (const { address, bytes } of segments) image.set(bytes, address);
  return image;
}

/** Bytes of the code section: what the size budget of DESIGN.md counts. */
export const codeBytes = (module: Uint8Array): number =>
  readSections(module, 'the assembled module').find(({ id }) => id === codeSectionId)?.content.length ?? 0;
