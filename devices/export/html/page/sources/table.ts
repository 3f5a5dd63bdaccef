import { csv } from './csv.ts';
import { example } from './example.ts';
import { mqtt } from './mqtt.ts';
import { serial } from './serial.ts';

/** Where samples may come from, in the order in which they are offered. */
export const sources = { example, csv, mqtt, serial } as const;

export type SourceName = keyof typeof sources;
