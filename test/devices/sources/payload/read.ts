import { decoder, input, received, rule } from '../collect.ts';

export const two = input(['vib', 'temp']);

/** What a payload of one topic gives: rows of [sensor, time, values...], and reasons of refusals. */
export function read(changes: Parameters<typeof rule>[1], payload: string | Uint8Array, artifact = two) {
  const { rows, refusals } = received(decoder(artifact, [rule('t/{sensor}', changes)]), ['t/p1', payload]);
  return { rows, refusals: refusals.map(([reason, detail]) => `${reason}: ${detail}`) };
}
