import { readFileSync } from 'node:fs';
import { main } from 'assemblyscript/asc';
import type { Target } from '../../runtime-js/artifact/abi.ts';
import type { KernelKind } from '../../runtime-js/artifact/kernel.ts';
import type { Activation, Call } from '../../compiler/kernels/define.ts';
import { definitionOf } from '../../compiler/kernels/interpret.ts';
import { padded } from '../../runtime-js/artifact/layout/stream.ts';
import type { Problem } from './problem.ts';

/** runtime-as compiled for one target, with each kernel as an export, and its memory. */
export interface KernelModule {
  readonly target: Target;
  readonly memory: WebAssembly.Memory;
  call(call: Call): number;
}

export async function loadKernels(target: Target): Promise<KernelModule> {
  let bytes: Uint8Array | null = null;
  let messages = '';
  const { error } = await main(
    [
      'test.ts',
      '--config',
      'asconfig.json',
      '--target',
      target,
      '--outFile',
      'kernels.wasm',
      '--initialMemory',
      '64',
      '--maximumMemory',
      '64',
    ],
    {
      readFile: (name) => {
        if (name === 'asconfig.json') return readFileSync('asconfig.json', 'utf8');
        try {
          return readFileSync(`runtime-as/${name}`, 'utf8');
        } catch {
          return null;
        }
      },
      writeFile: (name, contents) => {
        if (name === 'kernels.wasm') bytes = contents as Uint8Array;
      },
      listFiles: () => [],
      stderr: { write: (text) => (messages += String(text)) },
    },
  );
  if (error !== null || bytes === null) throw new Error(messages, { cause: error });
  const { instance } = await WebAssembly.instantiate(bytes as Uint8Array<ArrayBuffer>);
  const exports = instance.exports as Record<string, (...args: number[]) => number>;
  return {
    target,
    memory: instance.exports['memory'] as WebAssembly.Memory,
    call: ({ name, args }) => exports[name]!(...args.map(Number)),
  };
}

/** Runs a problem's kernel on a target: constants, inputs, scratch and output laid out one after the other. */
export function runOn<K extends KernelKind>({ target, memory, call }: KernelModule, problem: Problem<K>): Activation {
  const definition = definitionOf(problem.kernel);
  new Uint8Array(memory.buffer).fill(0xa5, 0, 1 << 20);
  let end = 0;
  const put = (bytes: Uint8Array): number => {
    const address = end;
    new Uint8Array(memory.buffer).set(bytes, address);
    end += Math.ceil(bytes.length / 16) * 16 + 16;
    return address;
  };
  const constants = definition.pack(problem.constants, target, problem.kernel).map(put);
  const inputs = problem.inputs.map((input) => {
    const room = new Uint8Array(padded(input.length) * input.BYTES_PER_ELEMENT);
    room.set(new Uint8Array(input.buffer, input.byteOffset, input.byteLength));
    return { address: put(room), size: input.length };
  });
  const scratch = put(
    new Uint8Array(definition.scratchBytes({ output: problem.size, input: problem.inputs[0]!.length }, problem.kernel, target)),
  );
  const expected = definition.reference(
    problem.kernel,
    problem.inputs,
    problem.constants.map(({ values }) => values),
    problem.size,
    {},
  );
  const address = put(new Uint8Array(padded(problem.size) * expected.BYTES_PER_ELEMENT));
  const preparation = definition.prepare?.(problem.kernel, target) ?? null;
  const prepared = preparation === null ? 0 : put(new Uint8Array(preparation.bytes).fill(0xa5));
  const place = { inputs, constants, scratch, prepared, output: { address, size: problem.size }, target };
  if (preparation !== null) call(preparation.emit(place));
  for (const step of definition.emit(problem.kernel, place)) call(step);
  if (expected instanceof Float32Array) return new Float32Array(memory.buffer, address, problem.size).slice();
  const Integers = expected instanceof Int32Array ? Int32Array : Int16Array;
  return new Integers(memory.buffer, address, problem.size).slice();
}
