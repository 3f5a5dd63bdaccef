import { encodeRecord, type ScoreMessage } from '../record.ts';
import type { LoadedArtifact } from '../scoring/artifact.ts';
import type { Scored } from '../scoring/pool.ts';

/** ISO 8601 in UTC with milliseconds; years that it cannot say are those of a sensor's broken clock. */
export function isoTime(seconds: number): string | null {
  const ms = Math.round(seconds * 1000);
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : null;
}

/** A score as the spool keeps it. */
export function recordOf(node: string, epoch: number, artifact: LoadedArtifact, scored: Scored): Uint8Array {
  const { sensor, seq, time, score, alarm, alarmChanged, why } = scored;
  const message: ScoreMessage = {
    node,
    device: sensor,
    epoch,
    seq,
    time: time === null ? null : isoTime(time),
    scoredAt: new Date().toISOString(),
    score,
    threshold: artifact.manifest.score.threshold,
    alarm,
    ...(why === null || why.length === 0 ? {} : { why }),
    artifact: { name: artifact.name, sha256: artifact.sha256 },
  };
  return encodeRecord({ device: sensor, alarmChanged, json: Buffer.from(JSON.stringify(message)) });
}
