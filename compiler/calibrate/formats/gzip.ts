import { gunzipSync } from 'node:zlib';
import { InputError } from '../../error.ts';

/** What a compressed file may unfold to: deflate cannot exceed a factor of 1032, and memory is finite. */
export const maxInflatedBytes = (compressed: number): number => Math.min(2 ** 31, 1032 * compressed + 1024);

export function gunzip(name: string, bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxInflatedBytes(bytes.length) });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(
      { where: name, what: `is not readable gzip data: ${reason}`, hint: 'Copy it again, or unpack it yourself.' },
      { cause },
    );
  }
}
