import type { LogFields } from '../log.ts';

// The last line of defence: nothing that is logged should hold a secret in the first place.

const hidden = '[hidden]';

/** Names of fields whose values nobody should read; not `key` alone, which is often a place in a config. */
const secretName = /pass(word|phrase|wd)?$|secret|token|authorization|credential|(private|api)_?key/i;

/** `user:password@` of a URL. */
const login = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi;

const secretBlock = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g;

/** Characters of one value: a log is not the place for payloads. */
const most = 1000;

export function hideSecrets(text: string): string {
  const shown = text.replaceAll(login, `$1${hidden}@`).replaceAll(secretBlock, hidden);
  return shown.length > most ? `${shown.slice(0, most)}...` : shown;
}

export function hideSecretsIn(fields: object): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      secretName.test(name) ? hidden : typeof value === 'string' ? hideSecrets(value) : value,
    ]),
  );
}
