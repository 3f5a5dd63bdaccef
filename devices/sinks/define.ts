import type { Manifest } from '../../runtime-js/artifact/manifest.ts';
import type { Log } from '../log.ts';
import type { Consumer } from '../spool/define.ts';

/** A sensor as others see it. */
export interface SensorView {
  /** Its name: `device` in messages. */
  readonly device: string;
  readonly artifact: { readonly name: string; readonly sha256: string; readonly manifest: Manifest };
  /** Its last score; null before the first window. */
  readonly last: {
    /** Seconds since 1970 of the window's newest sample; null where samples come without time. */
    readonly time: number | null;
    /** Milliseconds since 1970. */
    readonly scoredAt: number;
    readonly score: number | null;
    readonly alarm: boolean;
  } | null;
}

/** All sensors of the agent, for births and retained states. */
export interface SensorDirectory {
  all(): Iterable<SensorView>;
  get(device: string): SensorView | undefined;
  /** A sensor was met first, got another artifact, or was given up. Gives a function that ends it. */
  watch(listener: (change: 'added' | 'changed' | 'removed', device: string) => void): () => void;
}

/** The life of a connection. */
export type ConnectionState =
  | { readonly at: 'offline'; readonly reason: string; readonly attempts: number }
  | { readonly at: 'connecting'; readonly attempts: number }
  | { readonly at: 'online'; readonly sinceMs: number }
  | { readonly at: 'closed' };

/** What sinks are made with. */
export interface SinkContext {
  /** The gateway's name. */
  readonly node: string;
  readonly sensors: SensorDirectory;
  /** The sink's own cursor in the spool: it reads, delivers, acknowledges. */
  readonly consumer: Consumer;
  readonly log: Log;
}

/** A place to which scores go. */
export interface Sink {
  readonly name: string;
  readonly state: ConnectionState;
  /** How often the connection was made again. */
  readonly reconnects: number;
  /** Begins; connects in the background and again whenever it is lost. */
  start(): void;
  /** Delivers what is left for at most `graceMs`, says goodbye and closes. What is not delivered stays in the spool. */
  stop(graceMs: number): Promise<void>;
}
