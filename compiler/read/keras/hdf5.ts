import { Dataset, File, ready, type Group } from 'h5wasm';
import { InputError } from '../../error.ts';
import type { Tensor } from '../../ir/tensor.ts';

const path = 'model.h5';

/** Opens a HDF5 file in the memory of its library, hands it to `use`, and closes it. Throws an InputError where it cannot be read. */
export async function withHdf5<T>(name: string, bytes: Uint8Array, use: (file: Group) => T): Promise<T> {
  const library = await ready;
  // Its errors become exceptions instead of a stack printed on standard error.
  library.activate_throwing_error_handler();
  const { FS } = library;
  FS.writeFile(path, bytes);
  let file: File | null = null;
  try {
    file = new File(path, 'r');
    return use(file);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(
      {
        where: name,
        what: `is not a readable HDF5 file: ${firstLine(reason)}`,
        hint: 'The file looks truncated or damaged: copy it or save the model again.',
      },
      { cause },
    );
  } finally {
    closeQuietly(file);
    FS.unlink(path);
  }
}

/** The values of a dataset of floats. */
export function readDataset(where: string, dataset: unknown): Tensor {
  if (!(dataset instanceof Dataset)) throw notFloats(where, 'nothing');
  const { value, shape, dtype } = dataset;
  if (shape !== null && (value instanceof Float32Array || value instanceof Float64Array)) {
    return { shape, data: Float32Array.from(value) };
  }
  // A dataset of no axes is a number.
  if (shape?.length === 0 && typeof value === 'number') return { shape, data: Float32Array.of(value) };
  throw notFloats(where, typeof dtype === 'string' ? dtype : 'a compound');
}

const notFloats = (where: string, found: string): InputError =>
  new InputError({
    where,
    what: `is not an array of floats: it is ${found}`,
    hint: 'Save the model with float32 weights; a quantized one from before it was quantized.',
  });

/** HDF5 prints its whole error stack; its first line says enough. */
const firstLine = (text: string): string => text.split('\n')[0]!.slice(0, 120);

function closeQuietly(file: File | null): void {
  try {
    file?.close();
  } catch {
    // A damaged file may refuse to close; its memory goes with the next one.
  }
}
