import { load, type AsyncModel } from '../../../runtime-js/index.ts';
import { report } from './report.ts';

/** What came of seconds in which a page animates while a model scores a stream. */
export interface LowEndReport {
  /** Samples that were pushed. */
  readonly pushed: number;
  readonly scores: readonly Scored[];
  /** What each message took of the worker's thread. */
  readonly workerBusy: readonly number[];
}

interface Scored {
  /** The sample that completed the window. */
  readonly sample: number;
  /** f32 as u32 */
  readonly bits: number;
  /** From the push of that sample to its score. */
  readonly latencyMs: number;
}

const rateHz = 1000;
const idleMs = 2000;
const scoringMs = 3500;

const nextFrame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));

/** Moves something in every frame, as a page with a chart does, and leaves a mark. `onFrame` gets the ms since the stretch began. */
async function animate(mark: string, lengthMs: number, onFrame: (sinceMs: number) => void): Promise<void> {
  const box = document.body.appendChild(document.createElement('div'));
  box.textContent = 'moves';
  const first = await nextFrame();
  for (let sinceMs = 0; sinceMs < lengthMs;) {
    performance.mark(mark);
    sinceMs = (await nextFrame()) - first;
    box.style.transform = `translateX(${Math.round(sinceMs) % 200}px)`;
    onFrame(sinceMs);
  }
  box.remove();
}

const slowWorker = (): Worker => new Worker('/slow-worker.js', { type: 'module' });

/** Loads a model and, once it is there, pushes the samples that came since the last frame, in one message. */
async function scoreStream(samples: Float32Array): Promise<LowEndReport> {
  const scores: Scored[] = [];
  const answers: Promise<void>[] = [];
  let model: AsyncModel | null = null;
  let pushed = 0;
  const loading = load('/ad01.wasm', { worker: slowWorker }).then((loaded) => (model = loaded));

  async function push(to: AsyncModel, first: number, last: number): Promise<void> {
    const sentMs = performance.now();
    const completed = await to.pushBatch(samples.slice(first, last), { transfer: true });
    const latencyMs = performance.now() - sentMs;
    for (const { index, score } of completed)
      scores.push({ sample: first + index, bits: new Uint32Array(Float32Array.of(Number(score)).buffer)[0]!, latencyMs });
  }

  await animate('scoring', scoringMs, (sinceMs) => {
    const due = Math.floor((sinceMs * rateHz) / 1000);
    if (model === null || due === pushed) return;
    answers.push(push(model, pushed, due));
    pushed = due;
  });
  await Promise.all(answers);
  const workerBusy = await askBusy();
  await (await loading).dispose();
  return { pushed, scores, workerBusy };
}

/** What each message took of the slowed worker's thread. */
function askBusy(): Promise<number[]> {
  const channel = new BroadcastChannel('busy');
  return new Promise((resolve) => {
    channel.addEventListener('message', ({ data }: MessageEvent<number[]>) => {
      channel.close();
      resolve(data);
    });
    // oxlint-disable-next-line require-post-message-target-origin -- a channel has none
    channel.postMessage('ask');
  });
}

await report(async (): Promise<LowEndReport> => {
  const samples = new Float32Array(await (await fetch('/stream')).arrayBuffer());
  await animate('idle', idleMs, () => {});
  return scoreStream(samples);
});
