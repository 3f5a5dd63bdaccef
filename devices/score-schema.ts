import { z } from 'zod';

const artifact = z.object({
  name: z.string().describe('By the name that the config gives it.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('Of the artifact that made the score.'),
});

const time = z.iso.datetime({ precision: 3 });

const device = z.string().describe('The sensor.');
const node = z.string().describe('The gateway.');
const score = z.number().nullable().describe('null: the window holds what a sensor did not give.');
const alarm = z.boolean().describe('Whether the alarm is on after this score.');
const sampleTime = time.nullable().describe('UTC, of the newest sample in the window; null where samples come without time.');
const scoredAt = time.describe('UTC, when it was scored.');

/** `ScoreMessage` of devices/record.ts, for docs/score.schema.json. */
export const scoreSchema = z
  .object({
    node,
    device,
    epoch: z
      .int()
      .min(0)
      .describe('Changes when the gateway has lost what it knew; seq then begins again. Milliseconds since 1970.'),
    seq: z
      .int()
      .min(1)
      .describe('Of the messages of this device in this epoch. Delivery is at least once: who has seen it drops the message.'),
    time: sampleTime,
    scoredAt,
    score,
    threshold: z.number().describe('A score above it is abnormal.'),
    alarm,
    why: z
      .array(z.object({ channel: z.string(), share: z.number().min(0).max(1) }))
      .optional()
      .describe('Channels that contributed most, the greatest first; there where the score is above the threshold.'),
    artifact,
  })
  .describe('A score, as it is published to sandglass/{node}/{device}/score.');

/** What is retained at the topic of a device's alarm. */
export const alarmSchema = z
  .object({ node, device, alarm, time: sampleTime, scoredAt, score, artifact })
  .describe(
    'The present alarm state of a sensor, retained at sandglass/{node}/{device}/alarm. An empty message: the sensor is gone.',
  );

export type AlarmMessage = z.infer<typeof alarmSchema>;

/** What is retained at the status topic. */
export const statusSchema = z
  .object({
    node,
    state: z.enum(['online', 'offline']),
    reason: z.string().optional().describe('Why it is offline.'),
    since: time.optional().describe('UTC, when it came online.'),
    version: z.string().optional().describe('Of sandglass.'),
  })
  .describe('Whether the gateway is there, retained at sandglass/{node}/status.');

export type StatusMessage = z.infer<typeof statusSchema>;
