export interface Progress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

/** Stages report; the CLI draws. `total` may grow while a stage runs, `done` never exceeds it. */
export type OnProgress = (progress: Progress) => void;
