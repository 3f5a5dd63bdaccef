import type { Manifest } from '../../../../runtime-js/artifact/manifest.ts';

/** Names of the channels; 'channel 3' where the artifact knows none. */
export const channelNames = ({ input: { channels, channelCount } }: Manifest): string[] =>
  Array.from({ length: channelCount }, (_, i) => channels?.[i]?.name ?? `channel ${i + 1}`);

/** The unit of a channel, by its name; null: none is known. */
export const unitOf = ({ input: { channels } }: Manifest, name: string): string | null =>
  channels?.find((channel) => channel.name === name)?.unit ?? null;
