import { spawn } from 'node:child_process';
import type { Log } from '../log.ts';

/** Tells systemd how a service of `Type=notify` is; elsewhere nothing happens. */
export interface Notifier {
  /** All is up: `systemctl start` returns. */
  ready(status: string): void;
  /** Between this and the next `ready`, `systemctl reload` waits. */
  reloading(): void;
  stopping(): void;
  /** Ends the signs of life of the watchdog. */
  close(): void;
}

/**
 * Node has no datagram sockets of the file system, and a native module for this would be the only one: `systemd-notify` is there wherever
 * systemd is. The unit needs `NotifyAccess=all` for it. With `WatchdogSec=` a sign of life goes out from the event loop at a third of that
 * time: where the loop hangs, systemd ends the process and starts it again.
 */
export function openNotifier(log: Log, environment: Readonly<Record<string, string | undefined>> = process.env): Notifier {
  if (environment['NOTIFY_SOCKET'] === undefined) return { ready() {}, reloading() {}, stopping() {}, close() {} };
  let failed = false;
  const complain = (problem: string): void => {
    if (!failed) log.error('systemd cannot be told how this service is', { problem });
    failed = true;
  };
  const send = (lines: readonly string[]): Promise<void> =>
    new Promise((resolve) => {
      const child = spawn('systemd-notify', lines, { stdio: 'ignore', env: environment });
      child.on('error', (error) => resolve(complain(error.message)));
      child.on('exit', (code) => resolve(code === 0 ? undefined : complain(`systemd-notify ended with ${code}`)));
    });
  // One after the other: READY must not overtake RELOADING.
  let sent = Promise.resolve();
  const tell = (...lines: readonly string[]): void => void (sent = sent.then(() => send(lines)));
  const watchdogMs = Number(environment['WATCHDOG_USEC'] ?? 0) / 1000;
  const timer = watchdogMs > 0 ? setInterval(() => tell('WATCHDOG=1'), watchdogMs / 3).unref() : null;
  return {
    ready: (status) => tell('READY=1', `STATUS=${status.replaceAll(/\s+/g, ' ')}`),
    reloading: () => tell('RELOADING=1'),
    stopping: () => tell('STOPPING=1'),
    close: () => (timer === null ? undefined : clearInterval(timer)),
  };
}
