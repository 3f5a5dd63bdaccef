import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** A browser that is installed on the machine; tests bring none. */
const executable = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why pages cannot be opened here, or null. */
export function missingChromium(): string | null {
  if (existsSync(executable)) return null;
  process.stderr.write(`skipped: ${executable} is not here (apt-get install chromium, or set CHROMIUM)\n`);
  return executable;
}

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: executable,
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
