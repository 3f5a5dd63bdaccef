import { verifyRest, type Checksums } from './checksum.ts';
import { ArtifactError } from './error.ts';
import { decodeGolden, type Golden } from './golden.ts';
import { checkManifest, parseAbi, type Manifest } from './manifest.ts';
import { customSection, readSections, sectionNames, type Section } from './sections.ts';

export interface ArtifactParts {
  readonly manifest: Manifest;
  /** null where it was stripped. Decoded on demand: scoring does not need it. */
  readonly golden: () => Golden | null;
  readonly sections: readonly Section[];
  /** What the instance's `checksum` must give of weights and golden vectors. */
  readonly checksums: Checksums;
}

/** Checks that an artifact is whole (but for weights and golden vectors) and of this ABI, and reads what it says of itself. Throws an ArtifactError. */
export function readArtifact(artifact: Uint8Array, where: string): ArtifactParts {
  const sections = readSections(artifact, where);
  const manifest = customSection(sections, sectionNames.manifest);
  if (manifest === undefined) {
    throw new ArtifactError(
      where,
      'is a WebAssembly module but not a Sandglass artifact: it has no manifest',
      'Give the .wasm file that `sandglass compile` wrote.',
    );
  }
  // The ABI comes first: another one may have other checksums.
  const value = parseAbi(manifest.content, where);
  const checksums = verifyRest(artifact, sections, where);
  const golden = customSection(sections, sectionNames.golden);
  return {
    manifest: checkManifest(value, where),
    golden: () => (golden === undefined ? null : decodeGolden(golden.content, where)),
    sections,
    checksums,
  };
}
