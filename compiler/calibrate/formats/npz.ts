import { unzipSync, type UnzipFileInfo } from 'fflate';
import { InputError } from '../../error.ts';
import { nearest } from '../../nearest.ts';
import { maxInflatedBytes } from './gzip.ts';
import { readNpy } from './npy.ts';
import type { Table } from './table.ts';

/** The one array of a NumPy archive, or the one that `array` names. */
export function readNpz(name: string, bytes: Uint8Array, array: string | null): Table {
  const names: string[] = [];
  unzip(name, bytes, ({ name: file }) => {
    if (file.endsWith('.npy')) names.push(file.slice(0, -4));
    return false;
  });
  const wanted = array ?? names[0];
  if (wanted === undefined || !names.includes(wanted) || (array === null && names.length > 1)) {
    throw missing(name, array, names);
  }
  const files = unzip(name, bytes, (file) => file.name === `${wanted}.npy`);
  return readNpy(array === null ? `${name}:${wanted}` : name, files[`${wanted}.npy`]!);
}

function missing(name: string, array: string | null, names: readonly string[]): InputError {
  const list = names.length === 0 ? 'no arrays' : `${names.length} arrays (${names.join(', ')})`;
  if (array === null) {
    const hint = names.length === 0 ? 'Save the windows with numpy.savez.' : `Name the one to read: ${name}:${names[0]}`;
    return new InputError({ where: name, what: `holds ${list}; expected one`, hint });
  }
  const similar = nearest(array, names);
  return new InputError({
    where: name,
    what: `there is no array "${array}"; the archive holds ${list}`,
    hint: similar === null ? 'Name one of them.' : `Did you mean "${similar}"?`,
  });
}

function unzip(name: string, bytes: Uint8Array, isWanted: (file: UnzipFileInfo) => boolean): Record<string, Uint8Array> {
  const limit = maxInflatedBytes(bytes.length);
  try {
    return unzipSync(bytes, {
      filter(file) {
        if (!isWanted(file)) return false;
        // fflate inflates into a buffer of this size and no further.
        if (file.originalSize > limit)
          throw new Error(`"${file.name}" claims ${file.originalSize} bytes; at most ${limit} are read`);
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
