import type { Observer } from './define.ts';
import { entropy } from './entropy.ts';
import { minmax } from './minmax.ts';
import { mse } from './mse.ts';
import { percentile } from './percentile.ts';

/** One row per observer. `percent`: what the percentile observer keeps. */
export const observers = {
  minmax,
  percentile: (percent: number) => percentile(percent),
  mse,
  entropy,
} as const satisfies Record<string, (percent: number) => Observer>;

export type ObserverName = keyof typeof observers;

/** The one cast of this table. */
export const observerNames = Object.keys(observers) as readonly ObserverName[];
