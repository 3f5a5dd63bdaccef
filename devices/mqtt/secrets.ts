import { readFileSync, statSync } from 'node:fs';
import { InputError } from '../../compiler/error.ts';
import type { Log } from '../log.ts';

/** Where a secret is. Never the secret itself: a config is copied, printed and kept in version control. */
export type Secret = { readonly file: string } | { readonly env: string };

/** The secret. One line break at the end of a file is not part of it. Throws where it is not there or empty. */
export function readSecret(
  secret: Secret,
  where: string,
  log: Log,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const text = 'file' in secret ? readSecretFile(secret.file, where, log) : environment[secret.env];
  if (text !== undefined && text !== '') return text;
  throw new InputError({
    where,
    what: 'file' in secret ? `${secret.file} is empty` : `the environment variable ${secret.env} is not set, or empty`,
    hint: 'Put the secret there; in a unit of systemd, LoadCredential= or EnvironmentFile= does it.',
  });
}

/** Files that were warned about: once is enough, and they are read again on each connect. */
const warned = new Set<string>();

function readSecretFile(file: string, where: string, log: Log): string {
  try {
    // Not on Windows, where the mode says nothing about who may read.
    if (process.platform !== 'win32' && (statSync(file).mode & 0o004) !== 0 && !warned.has(file)) {
      warned.add(file);
      log.warn('everybody on this machine may read a file with a secret: chmod o= it', { file });
    }
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new InputError(
      {
        where,
        what: `${file} cannot be read: ${cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'}`,
        hint: 'Check the path, and that the user of this process may read it.',
      },
      { cause },
    );
  }
}
