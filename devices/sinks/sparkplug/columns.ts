import type { Manifest } from '../../../runtime-js/artifact/manifest.ts';
import type { ScoreMessage } from '../../record.ts';
import type { DataType, Value } from '../../sparkplug/datatypes.ts';

/** What is known of a sensor: a score, or what a birth can say without one. */
export interface Known {
  readonly device: string;
  readonly score: number | null;
  readonly alarm: boolean | null;
  readonly threshold: number;
  readonly seq: number | null;
  readonly epoch: number | null;
  readonly why?: ScoreMessage['why'];
  readonly artifact: { readonly name: string; readonly sha256: string };
}

/** A metric of every device. All devices have the same ones, so that a sensor's artifact may change. */
export interface Column {
  readonly name: string;
  readonly type: DataType;
  /** null: is_null. */
  readonly of: (known: Known) => Value | null;
}

/** Metrics of a device with that many contributors. */
export function columnsOf(contributors: number): readonly Column[] {
  return [
    { name: 'Score', type: 'Double', of: ({ score }) => score },
    { name: 'Alarm', type: 'Boolean', of: ({ alarm }) => alarm },
    { name: 'Threshold', type: 'Double', of: ({ threshold }) => threshold },
    { name: 'Sequence', type: 'Int64', of: ({ seq }) => seq },
    { name: 'Epoch', type: 'Int64', of: ({ epoch }) => epoch },
    { name: 'Sensor', type: 'String', of: ({ device }) => device },
    { name: 'Artifact/Name', type: 'String', of: ({ artifact }) => artifact.name },
    { name: 'Artifact/SHA256', type: 'String', of: ({ artifact }) => artifact.sha256 },
    ...Array.from({ length: contributors }, (_, i): readonly Column[] => [
      { name: `Contributors/${i + 1}/Channel`, type: 'String', of: ({ why }) => why?.[i]?.channel ?? null },
      { name: `Contributors/${i + 1}/Share`, type: 'Double', of: ({ why }) => why?.[i]?.share ?? null },
    ]).flat(),
  ];
}

/** Aliases of a device: this many are kept for it. */
export const aliasesPerDevice = 64;

/** Aliases of the node's own metrics lie below. */
export const firstDeviceAlias = 64;

/**
 * Unit of scores and threshold; null where they have none. They have one where they compare values as the sensors give them, all in
 * the same unit: then a mean (or greatest) difference has it too, and the mean of squares has its square.
 */
export function scoreUnit({ score, features, input }: Manifest): string | null {
  const units = new Set(input.channels?.map(({ unit }) => unit));
  const [unit] = units;
  if (score.space !== 'raw' || features !== null || units.size !== 1 || unit === null || unit === undefined) return null;
  if (score.function === 'mae' || score.function === 'max') return unit;
  return score.function === 'mse' ? `(${unit})²` : null;
}
