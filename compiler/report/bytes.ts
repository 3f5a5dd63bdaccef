import { dataSectionId, readSections, sectionNames } from '../../runtime-js/artifact/sections.ts';
import type { ByteShare } from './analysis.ts';

const codeSectionId = 10;

/** Where the bytes of an artifact are; they sum to its size. */
export function byteShares(artifact: Uint8Array, where: string): ByteShare[] {
  const sections = readSections(artifact, where);
  const sums: Record<ByteShare['part'], number> = { weights: 0, code: 0, manifest: 0, 'golden vectors': 0, 'the rest': 0 };
  sections.forEach(({ id, name, start }, i) => {
    sums[partOf(id, name)] += (sections[i + 1]?.start ?? artifact.length) - start;
  });
  sums['the rest'] += sections[0]?.start ?? artifact.length;
  return Object.entries(sums).map(([part, bytes]) => ({ part: part as ByteShare['part'], bytes }));
}

function partOf(id: number, name: string): ByteShare['part'] {
  if (id === dataSectionId) return 'weights';
  if (id === codeSectionId) return 'code';
  if (name === sectionNames.manifest) return 'manifest';
  return name === sectionNames.golden ? 'golden vectors' : 'the rest';
}
