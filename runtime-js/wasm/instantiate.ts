import { abiExports, type AbiInstance } from '../artifact/abi.ts';
import { ArtifactError } from '../artifact/error.ts';
import type { Manifest } from '../artifact/manifest.ts';

/** Compiles and instantiates an artifact and checks its exports against ABI 1. Throws an ArtifactError. */
export async function instantiate(bytes: Uint8Array, manifest: Manifest, where: string): Promise<AbiInstance> {
  const instance = await instantiateBytes(bytes, manifest, where);
  checkExports(instance.exports, where);
  // The one cast: checkExports has compared the exports with the table that AbiInstance restates.
  return instance.exports as unknown as AbiInstance;
}

async function instantiateBytes(bytes: Uint8Array, { target }: Manifest, where: string): Promise<WebAssembly.Instance> {
  try {
    // The cast says that the bytes are not shared memory, which WebAssembly would refuse.
    return (await WebAssembly.instantiate(bytes as Uint8Array<ArrayBuffer>)).instance;
  } catch (cause) {
    if (target === 'simd' && !hasSimd()) {
      throw new ArtifactError(
        where,
        'needs WebAssembly SIMD, which this engine does not have',
        'Compile the model with --target scalar.',
      );
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ArtifactError(where, `cannot be instantiated: ${reason}`, 'The artifact is damaged: copy it again.', { cause });
  }
}

function checkExports(exports: WebAssembly.Exports, where: string): void {
  for (const [name, { kind, optional }] of Object.entries(abiExports)) {
    const found = exports[name];
    if (found === undefined && optional) continue;
    const right =
      kind === 'function'
        ? typeof found === 'function'
        : found instanceof (kind === 'memory' ? WebAssembly.Memory : WebAssembly.Global);
    if (!right) throw new ArtifactError(where, `does not export "${name}" as ABI 1 says (${kind})`, 'Compile the model again.');
  }
}

/** Whether the engine knows v128: validates (func (result v128) i32.const 0 i8x16.splat). */
const hasSimd = (): boolean =>
  WebAssembly.validate(
    Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11),
  );
