/** Waits between attempts: exponential with full jitter, so that a thousand gateways do not come back at the same moment. */
export interface BackoffOptions {
  readonly firstSeconds: number;
  readonly maxSeconds: number;
}

/**
 * Milliseconds to wait after the `attempts`-th failure in a row (1, 2, 3 ...): random in 0 to min(max, first * 2^(attempts - 1)).
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 ("full jitter").
 */
export function backoffMs({ firstSeconds, maxSeconds }: BackoffOptions, attempts: number, random = Math.random): number {
  return Math.round(random() * 1000 * Math.min(maxSeconds, firstSeconds * 2 ** Math.min(attempts - 1, 30)));
}
