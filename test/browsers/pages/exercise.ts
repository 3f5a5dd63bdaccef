import type { AsyncModel, Model } from '../../../runtime-js/index.ts';

/** What a model gives, as bits: f32 as u32. The same code asks it in Node, on a page and in a worker. */
export interface Bits {
  readonly mismatches: number;
  readonly [what: string]: number | readonly (number | string)[];
}

export interface Recorded {
  /** f32[n x size] */
  readonly windows: Float32Array;
  /** f32[n x channels] */
  readonly samples: Float32Array;
}

/** Calls everything that scores. Samples are pushed one by one at first, then as a batch. */
export async function exercise(model: Model | AsyncModel, { windows, samples }: Recorded): Promise<Bits> {
  const window = windows.slice(0, model.size);
  const { channelCount } = model.info.manifest.input;
  const score = await model.run(window);
  const reconstruction = typeof model.reconstruction === 'function' ? await model.reconstruction() : model.reconstruction;
  const errors = typeof model.errors === 'function' ? await model.errors() : model.errors;
  const [most] = await model.contributions();
  await model.reset();
  const alone = 20;
  const pushed: (number | string)[] = [];
  for (let i = 0; i < alone; i++) pushed.push(await model.push(samples.slice(i * channelCount, (i + 1) * channelCount)));
  const together = await model.pushBatch(samples.slice(alone * channelCount));
  const code = model.latentSize === null ? new Float32Array() : await model.encode(window);
  return {
    mismatches: (await model.verify()).mismatches.length,
    run: bitsOf([score]),
    reconstruction: bitsOf(reconstruction),
    errors: bitsOf(errors),
    contribution: [most!.channel, ...bitsOf([most!.share])],
    runBatch: bitsOf(await model.runBatch(windows)),
    push: pushed.map((result) => (typeof result === 'number' ? bitsOf([result])[0]! : result)),
    pushBatch: together.flatMap(({ index, score: now, alarm }) => [
      index,
      typeof now === 'number' ? bitsOf([now])[0]! : now,
      Number(alarm),
    ]),
    encode: bitsOf(code),
    decode: model.latentSize === null ? [] : bitsOf(await model.decode(code)),
  };
}

const bitsOf = (values: ArrayLike<number>): number[] => [...new Uint32Array(Float32Array.from(values).buffer)];
