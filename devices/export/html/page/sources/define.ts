import type { Manifest } from '../../../../../runtime-js/artifact/manifest.ts';
import type { Monitor, Stream } from '../monitor.ts';
import type { Setup } from '../../carried.ts';

/** Where samples come from. */
export interface Source {
  /** As the user picks it. */
  readonly label: string;
  /** Why it cannot be used here; null: it can. */
  readonly unavailable: string | null;
  /** What the user sets, shown while the source is picked. */
  readonly controls: HTMLElement;
  /** The user has picked it: a source that needs nothing more begins at once. */
  pick(): void;
  /** Another one was picked, or begins: no sample comes after that. */
  stop(): void;
}

/** What sources are made with. */
export interface Surroundings {
  readonly manifest: Manifest;
  readonly monitor: Monitor;
  readonly setup: Setup;
  /** Ends what runs and begins a new stream of this source. False: meanwhile another one has begun, or the source was stopped. */
  readonly begin: (source: Source, stream: Stream) => Promise<boolean>;
  /** A sentence on how the source is doing, shown beside its controls. */
  readonly say: (source: Source, sentence: string, kind?: 'good' | 'bad') => void;
}

/** Samples with the time at which they came. */
export const liveStream = (name: string): Stream => ({
  name,
  axis: 'clock',
  positionOf: () => Date.now() / 1000,
  marks: [],
});
