import { setTimeout as delay } from 'node:timers/promises';
import { InputError } from '../../compiler/error.ts';
import type { Log } from '../log.ts';
import { Fenced } from './fenced.ts';

const [firstMs, mostMs] = [50, 1000];

/** The words of an error of NATS. */
export const describeProblem = (error: unknown): string =>
  (error instanceof Error ? error.message || error.name : String(error)).slice(0, 200);

/**
 * Tries until it succeeds: elections take seconds, and a full stream as long as it takes its readers. `isWanted`: ends it with
 * the error once nobody wants the result any more. What trying again does not help is thrown at once: InputError, Fenced.
 */
export async function persist<T>(
  what: string,
  log: Log,
  attempt: () => Promise<T>,
  isWanted: () => boolean = () => true,
): Promise<T> {
  let said = '';
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof InputError || error instanceof Fenced || !isWanted()) throw error;
      const problem = describeProblem(error);
      if (problem !== said) log.warn('NATS does not take it; trying again', { what, problem });
      said = problem;
    }
    await delay(Math.min(mostMs, firstMs * 2 ** tries) * (0.75 + Math.random() / 2));
  }
}
