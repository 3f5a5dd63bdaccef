import { readArtifact, type ArtifactParts } from '../artifact/read.ts';
import { ArtifactError } from '../artifact/error.ts';
import type { AsyncModel, LoadOptions } from '../async-model.ts';
import type { AcceleratorName, AcceleratorSource } from '../backend.ts';
import { readGraph } from '../graph/read.ts';
import { loadParts, type Model } from '../model.ts';
import { choose, openTrusted, reasonOf, type Candidate } from './choose.ts';
import type { Decisions } from './decisions.ts';
import { AcceleratedModel } from './model.ts';

/** Which accelerator, or the one that `auto` measures to be the fastest. */
export interface AcceleratedOptions extends Pick<LoadOptions, 'batch'> {
  readonly backend: AcceleratorName | 'auto';
}

/** Where accelerators come from and what is known of them. */
export interface Surroundings {
  readonly sources: readonly AcceleratorSource[];
  readonly decisions: Decisions;
  /** The engine and its version: what was measured in another one says nothing. */
  readonly engine: string;
}

/** Loads an artifact onto the accelerator that was asked for, or, for `auto`, onto wasm and later onto the fastest. Throws an ArtifactError. */
export async function loadAccelerated(
  bytes: Uint8Array,
  where: string,
  { backend, batch }: AcceleratedOptions,
  { sources, decisions, engine }: Surroundings,
): Promise<AsyncModel> {
  const parts = readArtifact(bytes, where);
  const model = await loadParts(bytes, parts, where);
  // Judged beside an instance of its own: the user's keeps its stream and its last window.
  const beside = async <T>(judge: (candidate: Candidate) => Promise<T>): Promise<T> => {
    const own = await loadParts(bytes, parts, where);
    return judge(candidateOf(own, parts, where, batch ?? parts.manifest.batch, engine)).finally(() => own.dispose());
  };
  const sourceOf = (name: AcceleratorName): AcceleratorSource => sources.find((source) => source.name === name)!;
  const reopen = (name: AcceleratorName) => beside((candidate) => openTrusted(sourceOf(name), candidate));
  const golden = parts.golden();
  if (backend === 'auto') {
    const choice = { backend: 'wasm', why: 'wasm is ready at once; accelerators are being measured', others: [] } as const;
    const later = beside((candidate) => choose(sources, candidate, decisions)).catch((cause: unknown) => ({
      choice: { backend: 'wasm', why: `accelerators could not be measured: ${reasonOf(cause)}`, others: [] } as const,
      accelerator: null,
    }));
    return new AcceleratedModel(where, model, golden, { choice, accelerator: null, later, reopen });
  }
  try {
    const accelerator = await reopen(backend);
    const choice = { backend, why: `it was asked for; ${accelerator.device}`, others: [] };
    return new AcceleratedModel(where, model, golden, { choice, accelerator, later: null, reopen });
  } catch (cause) {
    model.dispose();
    throw new ArtifactError(where, `cannot run on ${backend}: ${reasonOf(cause)}`, "Load it with backend 'auto' or 'wasm'.", {
      cause,
    });
  }
}

function candidateOf(model: Model, parts: ArtifactParts, where: string, batch: number, engine: string): Candidate {
  const { manifest, sections, golden, checksums } = parts;
  return {
    model,
    golden: golden(),
    refusal:
      manifest.features !== null
        ? 'features of raw samples are computed on wasm, and what is left is too small for an accelerator'
        : manifest.stateful
          ? 'the model remembers the steps before: its state stays on wasm'
          : null,
    graph: () => readGraph(sections, manifest.target, where),
    where,
    batch,
    key: `${checksums.rest}-${checksums.constants}-${checksums.golden}|${engine}`,
  };
}
