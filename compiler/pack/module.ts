import { concat, dataSectionId, encodeSection, leb, readSections } from '../../runtime-js/artifact/sections.ts';
import type { Segment } from '../plan/plan.ts';

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

/** Active segments of memory 0. Neighbours become one segment; zeros at its end are left to the memory's initial zeros. */
function encodeData(segments: readonly Segment[]): Uint8Array {
  const runs = joinNeighbours(segments);
  return concat([
    leb(runs.length),
    ...runs.flatMap(({ address, bytes }) => [
      Uint8Array.of(0x00, 0x41),
      signedLeb(address),
      Uint8Array.of(0x0b),
      leb(bytes.length),
      bytes,
    ]),
  ]);
}

function joinNeighbours(segments: readonly Segment[]): { address: number; bytes: Uint8Array }[] {
  const sorted = segments.toSorted((a, b) => a.address - b.address);
  const first = sorted[0]?.address ?? 0;
  const end = sorted.reduce((last, { address, bytes }) => Math.max(last, address + bytes.length), first);
  const image = new Uint8Array(end - first);
  for (const { address, bytes } of sorted) image.set(bytes, address - first);
  return [{ address: first, bytes: image.subarray(0, image.findLastIndex((byte) => byte !== 0) + 1) }];
}

/** Signed LEB128 of a non-negative i32 constant. */
function signedLeb(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 64) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  return Uint8Array.from([...bytes, rest]);
}

/** Bytes of the code section: what the size budget of DESIGN.md counts. */
export const codeBytes = (module: Uint8Array): number =>
  readSections(module, 'the assembled module').find(({ id }) => id === codeSectionId)?.content.length ?? 0;
