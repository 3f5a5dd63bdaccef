import type { Log } from '../log.ts';
import type { ConnectionState } from '../sinks/define.ts';

/** One sample of one sensor, as its artifact reads it. */
export interface Sample {
  /** The artifact that scores it, by the name that the config gives it. */
  readonly artifact: string;
  /** Name of the sensor, unique within the artifact. */
  readonly sensor: string;
  /** Seconds since 1970 of the measurement; null where the message has no time. */
  readonly time: number | null;
  /** f32[channels] in the order of the manifest, in its units; NaN for what the message does not hold. */
  readonly values: Float32Array;
}

/** Samples of one sensor that follow each other evenly: a frame of vibration. */
export interface SampleSeries {
  readonly artifact: string;
  readonly sensor: string;
  /** Seconds since 1970 of the first; null: they have no time. */
  readonly first: number | null;
  /** Seconds from one to the next. */
  readonly step: number;
  /** f32[samples x channels] */
  readonly values: Float32Array;
}

/** Why a message gave no sample (or not all of them); the label of a metric, so there are few. */
export type Refusal =
  | 'malformed'
  | 'too-large'
  | 'unknown-topic'
  | 'unknown-channel'
  | 'unit'
  | 'too-many-sensors'
  | 'other-artifact';

/** What takes the samples of all sources: the agent. */
export interface Receiver {
  take(sample: Sample): void;
  /** Many samples at once, where that is quicker than one after the other. */
  takeSeries?(series: SampleSeries): void;
  /** A message, or a part of it, is left out. `detail` is for the log, which shows a few of them: at most 200 characters are kept. */
  refuse(reason: Refusal, detail: string): void;
  /** What a source has to know to go on from here after a restart, with all that was taken before: an offset in a file. */
  mark(source: string, position: string): void;
  /**
   * Settles when all that was taken before is safe on disk (or need not be): then the source may acknowledge it. While that takes its
   * time, the source reads no more: this is the back-pressure.
   */
  safe(): Promise<void>;
}

/** What sources are started with. */
export interface SourceReceiver extends Receiver {
  /** Adds to what the source said by `mark`, where that is long and little of it changes. */
  markMore(source: string, more: string): void;
  /** Calls back right before samples are written: what is marked then is written with them, all or nothing. */
  beforeWriting(listener: () => void): void;
}

/** A place from which samples come. */
export interface Source {
  /** Unique among the sources of an agent; the key of its mark. */
  readonly name: string;
  /** Of a source that connects to something; a file has none. */
  readonly state?: ConnectionState;
  /** How often that connection was made again. */
  readonly reconnects?: number;
  /** Begins to give samples. `mark`: what this source said last before the restart, null at the first start. */
  start(receiver: SourceReceiver, mark: string | null): Promise<void>;
  /** Takes no more; what it has taken it acknowledges once it is safe. */
  stop(): Promise<void>;
  /** Settles when the source has no more (a file that is not followed, standard input); never for others. */
  readonly ended: Promise<void>;
}

/** What sources are made with. */
export interface SourceContext {
  readonly log: Log;
  /** Bytes of one message (or line); a longer one is refused unread. */
  readonly maxPayloadBytes: number;
}
