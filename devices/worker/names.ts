import { InputError } from '../../compiler/error.ts';

/** How all that belongs together is called in NATS: several fleets can share a cluster, each with its prefix. */
export interface Names {
  readonly prefix: string;
  /** Streams. */
  readonly samples: string;
  readonly scores: string;
  readonly state: string;
  /** Bucket of keys and values. */
  readonly leases: string;
}

/** Throws an InputError if NATS has other uses for a character of the prefix. */
export function namesOf(prefix: string): Names {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(prefix)) {
    const hint = 'Use letters, digits, - and _, at most 64 of them.';
    throw new InputError({ where: `prefix "${prefix}"`, what: 'cannot be part of the name of a stream', hint });
  }
  return {
    prefix,
    samples: `${prefix}-samples`,
    scores: `${prefix}-scores`,
    state: `${prefix}-state`,
    leases: `${prefix}-leases`,
  };
}

export const samplesSubject = ({ prefix }: Names, partition: number | '*'): string => `${prefix}.samples.${partition}`;

export const scoresSubject = ({ prefix }: Names, partition: number | '*'): string => `${prefix}.scores.${partition}`;

/** What is known of a partition; the rest of the subject is of `checkpoints.ts`. */
export const stateSubject = ({ prefix }: Names, partition: number | '*', rest: string): string =>
  `${prefix}.state.${partition}.${rest}`;
