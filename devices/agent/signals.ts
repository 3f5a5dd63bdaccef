import type { Log } from '../log.ts';

/** Exit codes of what runs until it is stopped; 1 and 2 are those of every verb: a file, or the words of the command. */
export const exitCodes = {
  /** Stopped in order, or at the end of all input. */
  done: 0,
  /** A fault of sandglass itself (EX_SOFTWARE of sysexits.h). To start again helps; after 1 and 2 it would not. */
  fault: 70,
  /** Stopped at once by a second signal: 128 and its number, as shells have it. */
  SIGINT: 130,
  SIGTERM: 143,
} as const;

export interface SignalActions {
  /** At the first SIGINT or SIGTERM. The process ends when it settles. */
  stop(signal: 'SIGINT' | 'SIGTERM'): Promise<void>;
  /** At SIGHUP. One at a time; one more, where the signal came meanwhile. A failure is logged, and all stays as it was. */
  reload(): Promise<void>;
  readonly log: Log;
  readonly exit: (code: number) => void;
}

/** What signals and unexpected errors do to this process. Gives a function that undoes it. */
export function handleSignals({ stop, reload, log, exit }: SignalActions): () => void {
  let isStopping = false;
  let reloads: 'none' | 'running' | 'again' = 'none';
  const onStop = (signal: 'SIGINT' | 'SIGTERM'): void => {
    if (isStopping) {
      log.warn('stopped at once', { signal });
      return exit(exitCodes[signal]);
    }
    isStopping = true;
    log.info('stopping: what is scored is being delivered (again to stop at once)', { signal });
    stop(signal).then(
      () => exit(exitCodes.done),
      (error) => onFault(error),
    );
  };
  const onReload = async (): Promise<void> => {
    if (reloads !== 'none') {
      reloads = 'again';
      return;
    }
    do {
      reloads = 'running';
      try {
        if (!isStopping) await reload();
      } catch (error) {
        log.error('the config is not taken over: all goes on as before', { problem: sentenceOf(error) });
      }
    } while (isAgain());
    reloads = 'none';
  };
  const isAgain = (): boolean => reloads === 'again';
  const onFault = (error: unknown): void => {
    log.error('a fault of sandglass', { problem: stackOf(error) });
    exit(exitCodes.fault);
  };
  const signals = { SIGINT: () => onStop('SIGINT'), SIGTERM: () => onStop('SIGTERM'), SIGHUP: () => void onReload() } as const;
  const errors = ['uncaughtException', 'unhandledRejection'] as const;
  for (const [name, handler] of Object.entries(signals)) process.on(name, handler);
  for (const name of errors) process.on(name, onFault);
  return () => {
    for (const [name, handler] of Object.entries(signals)) process.off(name, handler);
    for (const name of errors) process.off(name, onFault);
  };
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
