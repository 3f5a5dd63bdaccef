import type { ScoreFunction } from '../runtime-js/artifact/manifest.ts';
import { asAutoencoder, type Autoencoder } from './autoencoder.ts';
import { windowShape, type Windows } from './calibrate/samples.ts';
import { exposeDistribution, hideDistribution } from './distribution.ts';
import { InputError } from './error.ts';
import { typeOf } from './ir/graph.ts';
import { sizeOf, type Shape } from './ir/tensor.ts';
import type { FloatGraph } from './ops/float-graph.ts';
import { frameOf } from './pipeline/frame.ts';
import type { Scaling } from './pipeline/scaling.ts';
import { joinModels } from './read/join.ts';
import { makeExtractor, type Extractor } from './signal/extractor.ts';
import type { FeatureSpec } from './signal/features.ts';
import { definitionOf } from './score/table.ts';
import { noCode } from './scoring.ts';
import { simplify } from './simplify/index.ts';
import { stepwise, type Restep } from './stateful.ts';

/** A model as it stands behind the pipeline, simplified. */
export interface Prepared {
  readonly model: Autoencoder;
  /** Of a stateful model: the same over any number of steps. */
  readonly restep: Restep | null;
}

/** What the pipeline does before the model reads a window. */
export interface Input {
  /** Values per sample, or 1 of a window of features. */
  readonly channels: number;
  readonly scaling: Scaling | null;
}

/** What is asked of a model. */
export interface Wanted {
  readonly stateful: boolean;
  readonly score: ScoreFunction;
}

/** Puts the pipeline's scaling and order of values around a model that was read. `input` null: the model takes windows as they are. */
export function prepare(graph: FloatGraph, file: string, { stateful, score }: Wanted, input: Input | null): Prepared {
  const generative = graph.nodes.some(({ op }) => op.kind === 'sample');
  const { whole, window } = input === null ? { whole: graph, window: shapeOf(graph) } : framed(graph, file, input);
  if (definitionOf(score).looksAt === 'distribution') {
    return { model: { ...variational(whole, file, stateful), window }, restep: null };
  }
  const simple = simplify(whole).graph;
  const restep = stateful ? stepwise(simple, file) : null;
  const model = asAutoencoder(restep?.(1) ?? simple, file);
  return { model: { ...model, generative, window: restep === null ? window : model.window }, restep };
}

const shapeOf = (graph: FloatGraph): Shape => typeOf(graph, graph.inputs[0]!).shape;

function variational(graph: FloatGraph, file: string, stateful: boolean): Autoencoder {
  if (stateful) throw noCode(file, 'a model that is read step by step has no code of a whole window');
  const { graph: simple, distribution } = hideDistribution(simplify(exposeDistribution(graph, file)).graph, file);
  return { ...asAutoencoder(simple, file), generative: true, distribution };
}

/** Raw windows, and what the model reads of them. */
export interface Extracted {
  readonly raw: Windows;
  readonly windows: Windows;
  /** null: the model reads the samples. */
  readonly extractor: Extractor | null;
}

/** The features of windows, if the model reads such. Throws an InputError if they are not defined on them. */
export function extract(
  raw: Windows,
  { features, rateHz }: { readonly features: readonly FeatureSpec[]; readonly rateHz: number | null },
): Extracted {
  if (features.length === 0) return { raw, windows: raw, extractor: null };
  if (windowShape(raw).samples === 1) {
    throw new InputError({
      where: 'features',
      what: 'are of windows, and nobody says how long those are',
      hint: 'Say how many samples a window has: --window 300, or "window" in the config.',
    });
  }
  const { channels, ...shape } = windowShape(raw);
  const names = raw.columns ?? Array.from({ length: channels }, (_, i) => `channel ${i + 1}`);
  const extractor = makeExtractor({ ...shape, channels: names, rateHz }, features, 'features');
  const size = extractor.names.length;
  const data = new Float32Array(raw.count * size);
  for (let i = 0; i < raw.count; i++) {
    data.set(extractor.reference(raw.data.subarray(i * raw.size, (i + 1) * raw.size)), i * size);
  }
  return { raw, windows: { name: raw.name, data, count: raw.count, size, columns: extractor.names }, extractor };
}

/** A model in its frame. `window`: its own axes, unless the frame changes the order of values. */
function framed(
  graph: FloatGraph,
  file: string,
  { channels, scaling }: Input,
): { readonly whole: FloatGraph; readonly window: Shape } {
  const shape = shapeOf(graph);
  const { front, back } = frameOf({ shape, samples: sizeOf(shape) / channels, channels, scaling });
  const behind = front === null ? graph : joinModels({ name: file, graph: front }, { name: file, graph });
  if (back === null) return { whole: behind, window: shape };
  return { whole: joinModels({ name: file, graph: behind }, { name: file, graph: back }), window: shapeOf(front!) };
}
