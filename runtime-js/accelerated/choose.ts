import type { Golden } from '../artifact/golden.ts';
import type { ModelGraph } from '../artifact/graph.ts';
import type { BackendChoice } from '../async-model.ts';
import { Unavailable, type Accelerator, type AcceleratorSource } from '../backend.ts';
import type { Model } from '../model.ts';
import type { Decisions } from './decisions.ts';
import { faultOf, timeBoth } from './judge.ts';

/** What is asked of accelerators. */
export interface Candidate {
  readonly model: Model;
  readonly golden: Golden | null;
  /** Why no accelerator can run this model, whatever it is; null: one might. */
  readonly refusal: string | null;
  readonly graph: () => Promise<ModelGraph>;
  readonly where: string;
  /** Windows that one runBatch will bring. */
  readonly batch: number;
  /** Names artifact and engine in what is remembered. */
  readonly key: string;
}

export interface Chosen {
  readonly choice: BackendChoice;
  /** What runs the model; null: wasm. */
  readonly accelerator: Accelerator | null;
}

/** An accelerator must take less than this share of wasm's time: below it is noise. */
const worthwhile = 0.9;

/** Opens an accelerator and has it judged. Rejects with an Unavailable that says why not. */
export async function openTrusted(source: AcceleratorSource, candidate: Candidate): Promise<Accelerator> {
  const { model, golden, refusal, where } = candidate;
  if (refusal !== null) throw new Unavailable(refusal);
  if (golden === null) throw new Unavailable('the artifact holds no golden windows to check it with');
  const accelerator = await source.open(await candidate.graph(), where);
  const lost = accelerator.lost.then((why) => `it was lost: ${why}`);
  const fault = await Promise.race([faultOf(accelerator, model, golden).catch(reasonOf), lost]);
  if (fault === null) return accelerator;
  accelerator.dispose();
  throw new Unavailable(`${accelerator.device}: ${fault}`);
}

/** The sentence of an Unavailable; of any other error too: an accelerator that fails is none. */
export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** Measures all accelerators against wasm and keeps the fastest that gives the right scores. */
export async function choose(sources: readonly AcceleratorSource[], candidate: Candidate, decisions: Decisions): Promise<Chosen> {
  const hardware = await Promise.all(sources.map((source) => source.identify().catch((cause) => `none: ${reasonOf(cause)}`)));
  const key = [candidate.key, candidate.batch, ...hardware].join('|');
  const known = await decisions.get(key);
  if (known !== null) {
    const again = await takeAgain(sources, candidate, known);
    if (again !== null) return again;
  }
  const chosen = await measureAll(sources, candidate);
  await decisions.set(key, chosen.choice);
  return chosen;
}

/** What was decided before, without measuring; an accelerator is judged again, and null if it fails. */
async function takeAgain(
  sources: readonly AcceleratorSource[],
  candidate: Candidate,
  known: BackendChoice,
): Promise<Chosen | null> {
  const choice = { ...known, why: `${known.why} (decided before)` };
  if (known.backend === 'wasm') return { choice, accelerator: null };
  const source = sources.find(({ name }) => name === known.backend);
  if (source === undefined) return null;
  try {
    return { choice, accelerator: await openTrusted(source, candidate) };
  } catch {
    return null;
  }
}

interface Trial {
  readonly accelerator: Accelerator | null;
  readonly name: BackendChoice['backend'];
  /** Milliseconds per batch, of wasm in the same minute; Infinity where it failed. */
  readonly time: number;
  readonly wasm: number;
  readonly why: string;
}

async function measureAll(sources: readonly AcceleratorSource[], candidate: Candidate): Promise<Chosen> {
  const trials: Trial[] = [];
  // One after the other: two at a time would slow each other down.
  for (const source of sources) trials.push(await tryOne(source, candidate));
  const best = trials.reduce<Trial | null>((least, trial) => {
    const ratio = trial.time / trial.wasm;
    return ratio < worthwhile && (least === null || ratio < least.time / least.wasm) ? trial : least;
  }, null);
  for (const { accelerator } of trials) if (accelerator !== best?.accelerator) accelerator?.dispose();
  const others = trials.filter((trial) => trial !== best).map(({ name, why }) => ({ backend: name, why }));
  if (best !== null) {
    const instead = { backend: 'wasm', why: best.why } as const;
    return { choice: { backend: best.name, why: best.why, others: [instead, ...others] }, accelerator: best.accelerator };
  }
  const measured = trials.filter(({ time }) => Number.isFinite(time)).map(({ why }) => why);
  const why = measured.length > 0 ? `the fastest: ${measured.join('; ')}` : 'no accelerator can run this model here';
  return { choice: { backend: 'wasm', why, others }, accelerator: null };
}

async function tryOne(source: AcceleratorSource, candidate: Candidate): Promise<Trial> {
  const { name } = source;
  let accelerator: Accelerator | null = null;
  try {
    accelerator = await openTrusted(source, candidate);
    const lost = accelerator.lost.then((why) => Promise.reject(new Unavailable(`it was lost: ${why}`)));
    const timing = await Promise.race([timeBoth(accelerator, candidate.model, candidate.golden!, candidate.batch), lost]);
    const { windows, wasm, accelerated } = timing;
    const per = (milliseconds: number): string => `${Number(((milliseconds * 1000) / windows).toPrecision(3))} us`;
    const why = `${name} (${accelerator.device}) takes ${per(accelerated)} per window in batches of ${windows}, wasm ${per(wasm)}`;
    return { accelerator, name, time: accelerated, wasm, why };
  } catch (cause) {
    accelerator?.dispose();
    return { accelerator: null, name, time: Infinity, wasm: 1, why: reasonOf(cause) };
  }
}
