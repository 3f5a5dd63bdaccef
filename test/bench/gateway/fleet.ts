import { readFileSync } from 'node:fs';

/** What a fleet publishes. */
export interface Fleet {
  readonly sensors: number;
  /** Messages of all sensors together. */
  readonly perSecond: number;
  readonly seconds: number;
  readonly samplesPerMessage: number;
  readonly rateHz: number;
  /** Values of messages in turn. */
  readonly rows: readonly (readonly number[])[];
}

export const fileOf = (path: string): Fleet => JSON.parse(readFileSync(path, 'utf8')) as Fleet;
