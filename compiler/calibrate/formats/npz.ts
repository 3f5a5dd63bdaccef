import { unzipSync } from 'fflate';
import { InputError } from '../../error.ts';
import { maxInflatedBytes } from './gzip.ts';
import { readNpy } from './npy.ts';
import type { Table } from './table.ts';

/** A NumPy archive with one array. */
export function readNpz(name: string, bytes: Uint8Array): Table {
  const files = unzip(name, bytes);
  const names = Object.keys(files).filter((file) => file.endsWith('.npy'));
  if (names.length !== 1) {
    throw new InputError({
      where: name,
      what: `holds ${names.length} arrays${names.length === 0 ? '' : ` (${names.map((file) => file.replace(/\.npy$/, '')).join(', ')})`}; expected one`,
      hint: 'Save the array of windows alone with numpy.save.',
    });
  }
  return readNpy(`${name}:${names[0]}`, files[names[0]!]!);
}

function unzip(name: string, bytes: Uint8Array): Record<string, Uint8Array> {
  try {
    return unzipSync(bytes, {
      filter: ({ originalSize }) => {
        if (originalSize > maxInflatedBytes(bytes.length)) throw new Error(`an entry claims ${originalSize} bytes`);
        return true;
      },
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(
      { where: name, what: `is not a readable .npz archive: ${reason}`, hint: 'Copy it again, or save with numpy.savez.' },
      { cause },
    );
  }
}
