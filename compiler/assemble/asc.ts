import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';
import type { Target } from '../../runtime-js/artifact/abi.ts';

/** The kernels; beside `compiler` in the sources as in the published package. */
const kernels = new URL('../../runtime-as/', import.meta.url);
const configuration = new URL('../../asconfig.json', import.meta.url);

/**
 * Compiles the generated AssemblyScript of a model with the kernels of runtime-as, in memory. The module's memory has
 * exactly `memoryBytes` (a multiple of 64 KiB) and does not grow. asconfig.json sets `memoryBase` although there is no static
 * data: at 0, asc lets binaryen assume that no address below 1024 is used, and a table lookup with a negative index traps.
 */
export async function assemble(source: string, target: Target, memoryBytes: number): Promise<Uint8Array> {
  const pages = `${memoryBytes / 65_536}`;
  let module: Uint8Array | null = null;
  let messages = '';
  const { error } = await main(
    [
      'model.ts',
      '--config',
      'asconfig.json',
      '--target',
      target,
      '--outFile',
      'model.wasm',
      '--initialMemory',
      pages,
      '--maximumMemory',
      pages,
    ],
    {
      readFile: (name) => readSource(name, source),
      writeFile: (name, contents) => {
        if (name === 'model.wasm') module = contents as Uint8Array;
      },
      listFiles: () => [],
      stderr: { write: (text) => (messages += String(text)) },
    },
  );
  if (error !== null || module === null)
    throw new Error(`internal: asc refused the generated source\n${messages}`, { cause: error });
  return module;
}

function readSource(name: string, source: string): string | null {
  if (name === 'model.ts') return source;
  if (name === 'asconfig.json') return readFileSync(configuration, 'utf8');
  try {
    return readFileSync(fileURLToPath(new URL(name, kernels)), 'utf8');
  } catch {
    // asc asks for each spelling that an import could mean, and takes null for "not this one".
    return null;
  }
}
