import { existsSync } from 'node:fs';

/**
 * The first of these files that is not here, or null: the reason to skip a test. In CI (the environment variable CI is set) it throws
 * instead: what CI expects to be there must not be skipped in silence.
 */
export function firstMissing(
  files: readonly string[],
  install: string,
  environment: { readonly CI?: string | undefined } = process.env,
): string | null {
  const missing = files.find((file) => !existsSync(file));
  if (missing === undefined) return null;
  if (environment.CI) throw new Error(`${missing} is not here, and in CI it must be: ${install}`);
  process.stderr.write(`skipped: ${missing} is not here (${install})\n`);
  return missing;
}
