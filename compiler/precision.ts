import type { Autoencoder } from './autoencoder.ts';
import { build, lower, type Precision } from './build.ts';
import { roundedFor } from './best-rounding.ts';
import { InputError } from './error.ts';
import type { ValueId } from './ir/graph.ts';
import type { Built } from './manifest.ts';
import type { Measured } from './measure.ts';
import type { FloatGraph } from './ops/float-graph.ts';
import type { Settled } from './options.ts';
import type { Extracted } from './prepare.ts';
import { rangesFor } from './ranges.ts';
import { chosenLayers, rankLayers, weightedLayers, type WeightedLayer } from './weighted-layers.ts';

type Accuracy = Built['accuracy'];
type IsEnough = (accuracy: Accuracy) => boolean;

/**
 * Where int8 activations cost less, int16 is not tried: convolutions of int8 can go by Winograd's algorithm. But only of values that are bounded, as
 * those of images are: an anomaly of a sensor lies beyond its range, which int16 has room for.
 */
const nothingLost = 0.001;
/** The mean relative error that 'auto' is content with, and what it may spend on it: a share of the multiply-adds, or so many. */
const [content, share, few] = [0.003, 0.25, 16_384];
/** Beyond these, int16 weights are taken whatever they cost. */
const ruined = { error: 0.02, decibels: 25 };

const isFaithful: IsEnough = ({ meanRelativeError, decibels }) =>
  meanRelativeError <= ruined.error && decibels >= ruined.decibels;

export interface Precise {
  readonly built: Built;
  /** The same with int8 weights, where int16 ones were added: what it would have cost without them. */
  readonly cheaper: Built | null;
}

/**
 * Begins with int8 and adds precision where that is measured to pay: int16 activations, which cost no time, then int16 weights, layer by layer, those
 * first that gain most per multiply-add.
 */
export async function buildPrecisely(
  model: Autoencoder,
  data: Extracted,
  measured: Measured,
  settled: Settled,
): Promise<Precise> {
  const builder = new Builder(model, data, measured, settled);
  const layers = weightedLayers(model.graph);
  const isChosen = settled.weights !== 'auto';
  const base = await builder.withActivations(isChosen ? chosenLayers(layers, settled.weights, settled.model.name) : []);
  const built = isChosen || layers.length === 0 ? base : await widen(builder, base, layers);
  if (settled.maxError !== null) checkBudget(built, settled.maxError, settled);
  return { built, cheaper: built === base ? null : base };
}

/** int16 weights in as many layers as are needed, the best first. */
async function widen(builder: Builder, base: Built, layers: readonly WeightedLayer[]): Promise<Built> {
  const { maxError } = builder.settled;
  const isWithin: IsEnough = ({ meanRelativeError }) => meanRelativeError <= (maxError ?? content);
  if (isWithin(base.accuracy) && (maxError !== null || isFaithful(base.accuracy))) return base;
  const total = layers.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0);
  const ranked = rankLayers(builder, layers);
  if (ranked === null) {
    const isWorthIt = maxError !== null || total <= few || !isFaithful(base.accuracy);
    return isWorthIt ? builder.best([base, await builder.with(base.activations, layers)]) : base;
  }
  if (maxError !== null) return (await fewest(builder, base, ranked, ranked.length, isWithin)) ?? builder.bestSoFar();
  const spend = Math.max(few, share * total);
  let [cost, affordable] = [0, 0];
  while (affordable < ranked.length && (cost += ranked[affordable]!.multiplyAdds) <= spend) affordable++;
  const cheap = await fewest(builder, base, ranked, affordable, (accuracy) => isWithin(accuracy) && isFaithful(accuracy));
  if (cheap !== null) return cheap;
  if (isFaithful(base.accuracy)) return base;
  return (await fewest(builder, base, ranked, ranked.length, isFaithful)) ?? builder.bestSoFar();
}

/** Of the costliest layers that were taken, so many are looked at once more. */
const mostDropped = 6;

/** The fewest of the first `most` layers that are enough, by bisection, and without those that the last of them made needless; null: all are not enough. */
async function fewest(
  builder: Builder,
  { activations }: Built,
  ranked: readonly WeightedLayer[],
  most: number,
  isEnough: IsEnough,
): Promise<Built | null> {
  if (most === 0) return null;
  const enough = async (layers: readonly WeightedLayer[]): Promise<boolean> =>
    isEnough((await builder.with(activations, layers)).accuracy);
  if (!(await enough(ranked.slice(0, most)))) return null;
  let [low, high] = [1, most];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (await enough(ranked.slice(0, middle))) high = middle;
    else low = middle + 1;
  }
  let taken = ranked.slice(0, high);
  const others = taken.slice(0, -1).toSorted((a, b) => b.multiplyAdds - a.multiplyAdds);
  for (const layer of others.slice(0, mostDropped)) {
    const fewer = taken.filter((one) => one !== layer);
    if (await enough(fewer)) taken = fewer;
  }
  return builder.with(activations, taken);
}

/** Builds a model with this or that precision, each only once. */
export class Builder {
  readonly model: Autoencoder;
  readonly data: Extracted;
  readonly measured: Measured;
  readonly settled: Settled;
  readonly #built = new Map<string, Built>();
  /** What the rounding of weights makes of the model does not depend on its activations. */
  readonly #rounded = new Map<string, FloatGraph>();
  readonly #all: readonly WeightedLayer[];

  constructor(model: Autoencoder, data: Extracted, measured: Measured, settled: Settled) {
    this.model = model;
    this.data = data;
    this.measured = measured;
    this.settled = settled;
    this.#all = weightedLayers(model.graph);
  }

  /** int8 activations where they cost next to nothing and nothing can lie beyond their range, else the better ones. */
  async withActivations(layers: readonly WeightedLayer[]): Promise<Built> {
    const { activations, maxError } = this.settled;
    if (activations !== 'auto') return this.with(activations, layers);
    if (!this.measured.fit.isBounded) return this.with('int16', layers);
    const narrow = await this.with('int8', layers);
    if (narrow.accuracy.meanRelativeError <= (maxError ?? nothingLost)) return narrow;
    return this.best([narrow, await this.with('int16', layers)]);
  }

  async with(activations: Precision['activations'], layers: readonly WeightedLayer[]): Promise<Built> {
    const key = `${activations} ${keyOf(layers)}`;
    const known = this.#built.get(key) ?? (await this.#build(activations, layers));
    this.#built.set(key, known);
    return known;
  }

  best(some: readonly Built[]): Built {
    return some.reduce((least, other) => (other.accuracy.meanRelativeError < least.accuracy.meanRelativeError ? other : least));
  }

  bestSoFar(): Built {
    return this.best([...this.#built.values()]);
  }

  async #build(activations: Precision['activations'], layers: readonly WeightedLayer[]): Promise<Built> {
    const { model, data, measured, settled } = this;
    const wide: ReadonlySet<ValueId> = new Set(layers.flatMap(({ nodes }) => nodes.map(({ output }) => output)));
    const precision = { activations, wide };
    const chosen = new Set(layers.map(({ weights }) => weights));
    const graph = this.#rounded.get(keyOf(layers)) ?? roundedFor(model, data.windows, measured, settled, wide);
    this.#rounded.set(keyOf(layers), graph);
    const rounded = { ...measured.calibrated, graph };
    const { ranges, observer } = rangesFor(
      model,
      data.windows,
      measured,
      settled,
      lower(model, rounded, measured, settled, precision),
    );
    const scored = lower(model, { ...rounded, ranges }, measured, settled, precision);
    const isAll = layers.length > 0 && layers.length === this.#all.length;
    return {
      ...(await build(model, data, scored, measured, settled)),
      activations,
      weights: isAll ? 'int16' : 'int8',
      wideLayers: isAll ? [] : this.#all.flatMap(({ name, weights }) => (chosen.has(weights) ? [name] : [])),
      observer,
    };
  }
}

const keyOf = (wide: readonly WeightedLayer[]): string =>
  wide
    .map(({ weights }) => weights)
    .toSorted((a, b) => a - b)
    .join();

const percent = (part: number): string => `${Number((100 * part).toPrecision(3))} %`;

function checkBudget({ accuracy, weights, wideLayers, activations }: Built, maxError: number, settled: Settled): void {
  if (accuracy.meanRelativeError <= maxError) return;
  const isFree = settled.weights === 'auto' && settled.activations === 'auto';
  const taken = wideLayers.length === 0 ? weights : `int16 in ${wideLayers.length} layers`;
  throw new InputError({
    where: settled.model.name,
    what: `the integer score differs from the float score by ${percent(accuracy.meanRelativeError)} on average at best (weights ${taken}, activations ${activations}); at most ${percent(maxError)} was asked for`,
    hint: isFree
      ? 'Allow a larger --max-error, or give more calibration data.'
      : 'Leave --weights and --activations out, so that the compiler may choose them.',
  });
}
