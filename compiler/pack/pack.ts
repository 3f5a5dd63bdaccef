import { encodeChecksum } from '../../runtime-js/artifact/checksum.ts';
import { encodeGolden, type Golden } from '../../runtime-js/artifact/golden.ts';
import type { StoredGraph } from '../../runtime-js/artifact/graph.ts';
import { serializeManifest, type Manifest } from '../../runtime-js/artifact/manifest.ts';
import { concat, encodeCustomSection, readSections, sectionNames } from '../../runtime-js/artifact/sections.ts';
import { encodeGraph } from './graph.ts';

/** The whole artifact: module, golden vectors, graph, manifest, and the checksums of all of them. `constants`: the memory image of the weights. */
export function pack(
  module: Uint8Array,
  constants: Uint8Array,
  golden: Golden,
  graph: StoredGraph,
  manifest: Manifest,
): Uint8Array {
  const body = concat([
    module,
    encodeCustomSection(sectionNames.golden, encodeGolden(golden)),
    encodeCustomSection(sectionNames.graph, encodeGraph(graph)),
    encodeCustomSection(sectionNames.manifest, serializeManifest(manifest)),
  ]);
  return concat([body, encodeChecksum(body, readSections(body, manifest.name), constants)]);
}
