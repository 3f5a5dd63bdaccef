import { InputError } from '../../compiler/error.ts';
import type { Log } from '../log.ts';
import { emptyAssignment } from './assignment.ts';
import type { JetStream, StreamRules } from './jetstream.ts';
import { Leases } from './leases.ts';
import { samplesSubject, scoresSubject, stateSubject, type Names } from './names.ts';
import { describeProblem, persist } from './persist.ts';

/** What a fleet has in NATS. */
export interface SetupOptions {
  /** Copies of each message, on nodes of the cluster: 1, 3 or 5. */
  readonly replicas: number;
  /** Parts of the fleet of sensors that one worker at a time scores each. It cannot be changed later. */
  readonly partitions: number;
  /** Bytes of samples that wait for workers; beyond them ingest waits. */
  readonly samplesMaxBytes: number;
  /** Bytes and age of scores that are kept for those who read them; beyond them the oldest go. */
  readonly scoresMaxBytes: number;
  readonly scoresMaxAgeSeconds: number;
  /** How long NATS remembers ids of messages, to drop those that are published again. */
  readonly duplicateSeconds: number;
}

export const setupDefaults: SetupOptions = {
  replicas: 3,
  partitions: 16,
  samplesMaxBytes: 2 ** 30,
  scoresMaxBytes: 2 ** 30,
  scoresMaxAgeSeconds: 86_400,
  duplicateSeconds: 120,
};

/**
 * Makes what is not there, and changes nothing that is. Throws an InputError where that is otherwise than asked for: what is kept and
 * dropped is not changed in passing.
 */
export async function setup(jetstream: JetStream, names: Names, options: SetupOptions, log: Log): Promise<Leases> {
  for (const rules of streamsOf(names, options)) {
    const [difference] = await within(rules.name, log, () => jetstream.ensureStream(rules));
    if (difference === undefined) continue;
    throw new InputError({
      where: `stream ${rules.name}`,
      what: `is there with ${difference.key} ${String(difference.found)}; asked for is ${String(difference.wanted)}`,
      hint: `Ask for what is there, change the stream (nats stream edit ${rules.name}), or use another --prefix.`,
    });
  }
  const leases = await within(names.leases, log, () => Leases.make(jetstream, names.leases, options.replicas));
  const found = await persist(`bucket ${names.leases}`, log, async () => {
    await leases.replace(emptyAssignment(options.partitions), 0);
    return leases.read();
  });
  const partitions = found?.assignment.partitions.length;
  if (partitions !== options.partitions) {
    throw new InputError({
      where: `bucket ${names.leases}`,
      what: `the fleet has ${String(partitions)} partitions; asked for are ${options.partitions}`,
      hint: 'Say --partitions as at first: sensors would change places otherwise. Or use another --prefix.',
    });
  }
  return leases;
}

/** Of a cluster in which `setup` has not been. */
export const noSetup = (names: Names): InputError =>
  new InputError({
    where: `bucket ${names.leases}`,
    what: 'says nothing of partitions',
    hint: 'Begin with sandglass worker --setup, or use its --prefix.',
  });

/** Nodes that have just begun find each other in seconds. */
const patienceMs = 20_000;

async function within<T>(where: string, log: Log, make: () => Promise<T>): Promise<T> {
  const until = performance.now() + patienceMs;
  try {
    return await persist(where, log, make, () => performance.now() < until);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(
      {
        where,
        what: `cannot be made (${describeProblem(cause)})`,
        hint: 'See that the cluster has as many nodes as --replicas, and room on disk for what is to be kept.',
      },
      { cause },
    );
  }
}

function streamsOf(names: Names, options: SetupOptions): readonly StreamRules[] {
  const { replicas, duplicateSeconds } = options;
  const common = { replicas, duplicateSeconds, maxPerSubject: null };
  return [
    {
      ...common,
      name: names.samples,
      subjects: [samplesSubject(names, '*')],
      keep: 'work',
      full: 'refuse',
      maxBytes: options.samplesMaxBytes,
      maxAgeSeconds: null,
    },
    {
      ...common,
      name: names.scores,
      subjects: [scoresSubject(names, '*')],
      keep: 'limits',
      full: 'drop-oldest',
      maxBytes: options.scoresMaxBytes,
      maxAgeSeconds: options.scoresMaxAgeSeconds,
    },
    {
      ...common,
      name: names.state,
      subjects: [stateSubject(names, '*', '>')],
      keep: 'limits',
      full: 'refuse',
      maxBytes: null,
      maxAgeSeconds: null,
      maxPerSubject: 1,
    },
  ];
}
