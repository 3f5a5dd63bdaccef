import type { Receiver, Refusal, Sample } from '../../../devices/sources/define.ts';
import type { ArtifactInput } from '../../../devices/sources/mapping.ts';
import { MessageDecoder, type DecoderOptions } from '../../../devices/sources/message.ts';
import { ruleDefaults, type TopicRule } from '../../../devices/sources/rule.ts';

/** A receiver that keeps what it gets. */
export class Collected implements Receiver {
  readonly samples: Sample[] = [];
  readonly refusals: (readonly [Refusal, string])[] = [];
  readonly marks: string[] = [];
  take(sample: Sample): void {
    this.samples.push(sample);
  }
  refuse(reason: Refusal, detail: string): void {
    this.refusals.push([reason, detail]);
  }
  mark(_source: string, position: string): void {
    this.marks.push(position);
  }
  async safe(): Promise<void> {}

  /** [sensor, time, values...] of each sample. */
  get rows(): (readonly (string | number | null)[])[] {
    return this.samples.map(({ sensor, time, values }) => [sensor, time, ...values]);
  }
}

/** An artifact as rules see it: channels with or without a unit ('temp °C'). */
export const input = (channels: readonly string[], rateHz: number | null = null): ArtifactInput => ({
  channels: channels.map((text) => {
    const [name, unit] = text.split(' ');
    return { name: name!, unit: unit ?? null };
  }),
  channelCount: channels.length,
  time: null,
  rateHz,
});

export const rule = (pattern: string, changes: Partial<TopicRule> = {}): TopicRule => ({
  ...ruleDefaults,
  artifact: 'pump',
  pattern,
  ...changes,
});

export const where = 'sandglass.json, stream.inputs';

/** A decoder of one artifact, 'pump'. */
export const decoder = (
  artifact: ArtifactInput,
  rules: readonly TopicRule[],
  options: Partial<DecoderOptions> = {},
): MessageDecoder => new MessageDecoder(rules, new Map([['pump', artifact]]), where, options);

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What comes of messages: [topic, payload, arrival in seconds]. */
export function received(
  messages: MessageDecoder,
  ...sent: readonly (readonly [topic: string, payload: string | Uint8Array, arrived?: number])[]
): Collected {
  const collected = new Collected();
  for (const [topic, payload, arrived = 0] of sent) {
    messages.receive(topic, typeof payload === 'string' ? bytes(payload) : payload, arrived, collected);
  }
  return collected;
}
