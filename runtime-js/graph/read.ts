import { ArtifactError } from '../artifact/error.ts';
import type { ModelGraph, StoredGraph } from '../artifact/graph.ts';
import type { Target } from '../artifact/abi.ts';
import { customSection, dataSectionId, sectionNames, type Section } from '../artifact/sections.ts';
import { Image } from './image.ts';
import { constantsOf } from './unpack.ts';

/** The model of an artifact, its weights read out of the data segment. Throws an ArtifactError if it holds none. */
export async function readGraph(sections: readonly Section[], target: Target, where: string): Promise<ModelGraph> {
  const section = customSection(sections, sectionNames.graph);
  const data = sections.find(({ id }) => id === dataSectionId);
  if (section === undefined || data === undefined) {
    throw new ArtifactError(where, 'holds no graph, which accelerators read', 'Compile the model again with this version.');
  }
  const graph = await decode(section.content, where);
  const image = new Image(data.content, where);
  return {
    ...graph,
    nodes: graph.nodes.map((node) => ({ ...node, constants: constantsOf(node, graph.values, image, target) })),
    score: { ...graph.score, constants: graph.score.constants.map(([address, length]) => image.f32(address, length)) },
  };
}

/** The checksum of the artifact says that the section is what the compiler wrote: no field of it is checked again. */
async function decode(content: Uint8Array, where: string): Promise<StoredGraph> {
  try {
    const inflated = new Blob([content.slice()]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    return await new Response(inflated).json();
  } catch (cause) {
    throw new ArtifactError(where, 'its graph cannot be read', 'The artifact is damaged: copy it again.', { cause });
  }
}
