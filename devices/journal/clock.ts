/** Injected, as tests do not wait for days. */
export interface Clock {
  /** Milliseconds since 1970. */
  wallMs(): number;
  /** Milliseconds that only go forward, from any zero. */
  steadyMs(): number;
}

export const systemClock: Clock = { wallMs: () => Date.now(), steadyMs: () => performance.now() };

/** 2025-01-01. A time before it is of a clock that was not set yet, as small boxes have it between power-on and NTP. */
const wasSetMs = 1_735_689_600_000;

/**
 * When a thing of an earlier process happened, on the steady clock of this one. What was written with a clock that was not set, or lies in
 * the future, counts as written now: kept too long rather than thrown away by a jump of the clock.
 */
export function steadyTimeOf(wallMs: number, clock: Clock): number {
  const age = wallMs < wasSetMs ? 0 : Math.max(0, clock.wallMs() - wallMs);
  return clock.steadyMs() - age;
}
