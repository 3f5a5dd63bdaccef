import { ArtifactError } from '../artifact/error.ts';
import type { Failure } from './protocol.ts';

/** An error as a message that another thread can make the same error of. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ArtifactError) return { kind: 'ArtifactError', where: error.where, what: error.what, hint: error.hint };
  const message = error instanceof Error ? error.message : String(error);
  return { kind: error instanceof RangeError ? 'RangeError' : 'Error', message };
}

export function errorOf(failure: Failure): Error {
  switch (failure.kind) {
    case 'ArtifactError':
      return new ArtifactError(failure.where, failure.what, failure.hint);
    case 'RangeError':
      return new RangeError(failure.message);
    case 'Error':
      return new Error(failure.message);
  }
}
