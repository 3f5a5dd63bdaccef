import { compile } from '../../../compiler/compile.ts';
import { analyse } from '../../../compiler/analyse.ts';
import type { Windows } from '../../../compiler/calibrate/samples.ts';
import type { CompileOptions } from '../../../compiler/options.ts';
import type { Analysis } from '../../../compiler/report/analysis.ts';
import { digits } from '../../../examples/digits/digits.ts';
import { loadBytes, type Model } from '../../../runtime-js/model.ts';
import { ad01Windows } from '../../data.ts';

export interface Analysed {
  readonly analysis: Analysis;
  readonly model: Model;
  readonly artifact: Uint8Array;
}

/** Compiles, and looks into what came out. */
export async function analysed(options: CompileOptions, tests: readonly Windows[] = []): Promise<Analysed> {
  const { artifact } = await compile(options);
  const model = await loadBytes(artifact, 'a.wasm');
  const { model: source, decoder = null, data } = options;
  const analysis = await analyse({
    artifact: { name: 'a.wasm', bytes: artifact },
    loaded: model,
    origin: { model: source, decoder, data },
    tests,
    onProgress: () => {},
  });
  return { analysis, model, artifact };
}

/** ad01's recorded clip. */
export function clip(): Windows {
  const windows = ad01Windows();
  const data = Float32Array.from(windows.flatMap((window) => [...window]));
  return { name: 'clip', data, count: windows.length, size: 640, columns: null };
}

/** Handwritten digits that the convolutional example was not trained with. */
export function images(count: number): Windows {
  const chosen = digits().slice(900, 900 + count);
  return { name: 'digits', data: Float32Array.from(chosen.flatMap((image) => [...image])), count, size: 784, columns: null };
}

/** Every fifth of fifty blocks of windows, as measure.ts says it in words. */
export function heldOutOf(count: number): number[] {
  const blocks = Math.min(50, count);
  return Array.from({ length: count }, (_, i) => i).filter((i) => Math.floor((i * blocks) / count) % 5 === 4);
}

/** 10 log10 of the power of the first over the power of the difference. */
export function decibelsOf(expected: readonly Float32Array[], found: readonly Float32Array[]): number {
  let [signal, noise] = [0, 0];
  expected.forEach((values, i) =>
    values.forEach((value, at) => {
      signal += value ** 2;
      noise += (value - found[i]![at]!) ** 2;
    }),
  );
  return 10 * Math.log10(signal / noise);
}
