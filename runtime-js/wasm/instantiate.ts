import { abiExports, type AbiInstance } from '../artifact/abi.ts';
import { ArtifactError } from '../artifact/error.ts';
import { valuesRead, type Manifest } from '../artifact/manifest.ts';

/**
 * Compiles and instantiates an artifact off the main thread, and checks its exports against ABI 1. Throws an ArtifactError.
 * `module`: where its compilation has begun already.
 */
export async function instantiate(
  bytes: Uint8Array,
  manifest: Manifest,
  where: string,
  module?: Promise<WebAssembly.Module>,
): Promise<AbiInstance> {
  try {
    return checked(await WebAssembly.instantiate(await (module ?? WebAssembly.compile(unshared(bytes)))), manifest, where);
  } catch (cause) {
    throw explain(cause, manifest, where);
  }
}

/** The same on this thread: it saves the way to another one and back, but browsers refuse it for large modules. */
export function instantiateSync(bytes: Uint8Array, manifest: Manifest, where: string): AbiInstance {
  try {
    return checked(new WebAssembly.Instance(new WebAssembly.Module(unshared(bytes))), manifest, where);
  } catch (cause) {
    throw explain(cause, manifest, where);
  }
}

/** Says that the bytes are not shared memory, which WebAssembly would refuse. */
const unshared = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => bytes as Uint8Array<ArrayBuffer>;

function explain(cause: unknown, { target }: Manifest, where: string): ArtifactError {
  if (cause instanceof ArtifactError) return cause;
  if (!mayCompile()) {
    return new ArtifactError(
      where,
      'cannot be compiled: the Content-Security-Policy of this page forbids WebAssembly',
      "Add 'wasm-unsafe-eval' to its script-src.",
      { cause },
    );
  }
  if (target === 'simd' && !hasSimd()) {
    return new ArtifactError(
      where,
      'needs WebAssembly SIMD, which this engine does not have',
      'Compile the model with --target scalar.',
      { cause },
    );
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ArtifactError(where, `cannot be instantiated: ${reason}`, 'The artifact is damaged: copy it again.', { cause });
}

function checked({ exports }: WebAssembly.Instance, manifest: Manifest, where: string): AbiInstance {
  checkExports(exports, where);
  // The one cast: checkExports has compared the exports with the table that AbiInstance restates.
  const abi = exports as unknown as AbiInstance;
  checkAddresses(abi, manifest, where);
  return abi;
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

/** The manifest's sizes must lie within the module's memory: a view there would else throw without a word on why. */
function checkAddresses(abi: AbiInstance, manifest: Manifest, where: string): void {
  const { input, latent, batch } = manifest;
  const memoryBytes = abi.memory.buffer.byteLength;
  const values = {
    sample: input.channelCount,
    input: batch * input.size,
    output: valuesRead(manifest),
    errors: valuesRead(manifest),
    scores: batch,
    latent: latent ?? 0,
  };
  for (const name of ['sample', 'input', 'output', 'errors', 'scores', 'latent'] as const) {
    const address: unknown = abi[name]?.value ?? 0;
    const end = Number(address) + 4 * values[name];
    if (Number.isInteger(address) && Number(address) >= 0 && Number(address) % 4 === 0 && end <= memoryBytes) continue;
    throw new ArtifactError(
      where,
      `"${name}" at ${String(address)} holds ${values[name]} values by its manifest, but its memory ends at ${memoryBytes}`,
      'Compile the model again.',
    );
  }
}

/** Whether this page may run any WebAssembly: the module is empty. WebKit refuses no sooner than at the instance. */
function mayCompile(): boolean {
  try {
    const empty = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    return new WebAssembly.Instance(empty) instanceof WebAssembly.Instance;
  } catch {
    return false;
  }
}

/** Whether the engine knows v128: validates (func (result v128) i32.const 0 i8x16.splat). */
const hasSimd = (): boolean =>
  WebAssembly.validate(
    Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11),
  );
