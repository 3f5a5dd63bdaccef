import { loadModule, type Runnable } from './pack/execute.ts';
import type { Windows } from './calibrate/samples.ts';
import type { Built } from './manifest.ts';
import { codeBytes, injectData } from './pack/module.ts';

/** What more precision costs. */
export interface Spent {
  readonly bytes: number;
  /** Error of the score before and after. */
  readonly error: readonly [before: number, after: number];
  /** Median time of a window before and after, in microseconds, on this machine. */
  readonly microseconds: readonly [before: number, after: number];
}

const rounds = 15;
const roundMs = 4;

const bytesOf = ({ plan, code }: Built): number =>
  plan.segments.reduce((sum, { bytes }) => sum + bytes.length, 0) + codeBytes(code);

/** Both modules side by side on the same windows, round by round. */
export async function spentOn(built: Built, cheaper: Built, { data, count, size }: Windows): Promise<Spent> {
  const modules = await Promise.all(
    [cheaper, built].map(({ code, plan }) => loadModule(injectData(code, plan.segments), plan, size)),
  );
  const times = modules.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    modules.forEach((module, i) =>
      times[i]!.push(timeOf(module, data.subarray((round % count) * size, ((round % count) + 1) * size))),
    );
  }
  const [before, after] = times.map((some) => some.toSorted((a, b) => a - b)[rounds >> 1]!);
  return {
    bytes: bytesOf(built) - bytesOf(cheaper),
    error: [cheaper.accuracy.meanRelativeError, built.accuracy.meanRelativeError],
    microseconds: [before!, after!],
  };
}

/** Microseconds per window, the copy included. */
function timeOf({ input, run }: Runnable, window: Float32Array): number {
  const started = performance.now();
  let [runs, elapsed] = [0, 0];
  do {
    input.set(window);
    run();
    runs++;
    elapsed = performance.now() - started;
  } while (elapsed < roundMs);
  return (1000 * elapsed) / runs;
}
