import { InputError } from '../../compiler/error.ts';
import type { Mapping } from './mapping.ts';

/** Rules that each give a part of a sample have to give all of it together. Throws an InputError that names the channels nobody gives. */
export function checkComplete(mappings: readonly Mapping[]): void {
  const partial = mappings.filter(({ rule, levels }) => rule.combine && levels === null);
  for (const artifact of new Set(partial.map((mapping) => mapping.artifact))) {
    const rules = partial.filter((mapping) => mapping.artifact === artifact);
    const { input } = rules[0]!;
    const given = new Set(rules.flatMap(({ places }) => places));
    // Whoever gives one channel per topic may give any.
    if (mappings.some((mapping) => mapping.artifact === artifact && mapping.levels !== null)) continue;
    const missing = Array.from({ length: input.channelCount }, (_, channel) => channel).filter((channel) => !given.has(channel));
    if (missing.length === 0) continue;
    const names = missing.slice(0, 8).map((channel) => `"${input.channels?.[channel]?.name ?? channel}"`);
    throw new InputError({
      where: rules.map(({ where }) => where).join(' and '),
      what: `no rule gives ${names.join(', ')} of artifact "${artifact}"`,
      hint: 'Say where each channel stands, in one of the rules; a sample of which a channel never comes has no score.',
    });
  }
}
