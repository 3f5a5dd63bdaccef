import { chromium, type Browser } from 'playwright-core';
import { firstMissing } from './browsers/expected.ts';

/** A browser that is installed on the machine; tests bring none. */
const executable = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why pages cannot be opened here, or null. In CI it throws instead. */
export const missingChromium = (): string | null => firstMissing([executable], 'apt-get install chromium, or set CHROMIUM');

/** `flags`: beyond those that keep it quiet; `executablePath`: of another build than the machine's. */
export const launchChromium = (flags: readonly string[] = [], executablePath = executable): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...flags,
    ],
  });
