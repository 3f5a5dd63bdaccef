import { compile } from '../../compiler/compile.ts';
import { openSource, readNamed } from '../../compiler/files.ts';
import type { CompileOptions } from '../../compiler/options.ts';
import { encodeChecksum } from '../../runtime-js/artifact/checksum.ts';
import { concat, customSection, encodeCustomSection, readSections, sectionNames } from '../../runtime-js/artifact/sections.ts';

/** The artifact of examples/gearbox. */
export async function gearbox(options: Partial<CompileOptions> = {}): Promise<Uint8Array> {
  const model = openSource('examples/gearbox/model/model.json');
  const data = readNamed('examples/gearbox/normal.csv');
  return (await compile({ model, data, ...options })).artifact;
}

/** The same artifact with another custom section, or without it, and with the checksum that it then must have. */
export function withSection(artifact: Uint8Array, name: string, content: Uint8Array | null): Uint8Array {
  const sections = readSections(artifact, 'test');
  const parts = sections.map((section, i) => {
    if (section.name === sectionNames.checksum) return new Uint8Array();
    if (section.name !== name) return artifact.subarray(section.start, sections[i + 1]?.start);
    return content === null ? new Uint8Array() : encodeCustomSection(name, content);
  });
  const body = concat([artifact.subarray(0, 8), ...parts]);
  const closing = encodeChecksum(body, readSections(body, 'test'), new Uint8Array());
  // The weights stay, and so does what is said of them: the first two of the section's four numbers.
  const constants = customSection(sections, sectionNames.checksum)!.content.subarray(0, 8);
  closing.set(constants, closing.length - 16);
  return concat([body, closing]);
}

/** The artifact with a changed manifest. */
export function withManifest(artifact: Uint8Array, change: (manifest: Record<string, unknown>) => object): Uint8Array {
  const section = customSection(readSections(artifact, 'test'), sectionNames.manifest)!;
  const manifest = JSON.parse(new TextDecoder().decode(section.content));
  return withSection(artifact, sectionNames.manifest, new TextEncoder().encode(JSON.stringify(change(manifest))));
}
