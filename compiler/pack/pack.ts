import { encodeChecksum } from '../../runtime-js/artifact/checksum.ts';
import { encodeGolden, type Golden } from '../../runtime-js/artifact/golden.ts';
import { serializeManifest, type Manifest } from '../../runtime-js/artifact/manifest.ts';
import { concat, encodeCustomSection, readSections, sectionNames } from '../../runtime-js/artifact/sections.ts';

/** The whole artifact: module, golden vectors, manifest, and the checksums of all of them. `constants`: the memory image of the weights. */
export function pack(module: Uint8Array, constants: Uint8Array, golden: Golden, manifest: Manifest): Uint8Array {
  const body = concat([
    module,
    encodeCustomSection(sectionNames.golden, encodeGolden(golden)),
    encodeCustomSection(sectionNames.manifest, serializeManifest(manifest)),
  ]);
  return concat([body, encodeChecksum(body, readSections(body, manifest.name), constants)]);
}
