import { InputError } from '../../error.ts';
import type { Shape } from '../../ir/tensor.ts';
import { chooseOutput } from '../choose-output.ts';
import { gridOf } from './grids.ts';
import type { TfliteFile } from './table.ts';
import type { TfliteTensor } from './tensor.ts';

/** The index of the model's one input. Throws an InputError if it has another number or none of real values. */
export const inputOf = (file: TfliteFile, tensors: readonly TfliteTensor[], indices: readonly number[]): number =>
  single(file, tensors, 'input', indices);

/** The index of the output that is meant. */
export function outputOf(
  file: TfliteFile,
  tensors: readonly TfliteTensor[],
  indices: readonly number[],
  { input, wanted }: { readonly input: number; readonly wanted: string | null },
): number {
  if (indices.length < 2) return single(file, tensors, 'output', indices);
  const batchOf1 = (index: number): Shape => [1, ...(tensors[index]?.shape.slice(1) ?? [])];
  const outputs = indices.map((index) => ({ index, name: tensors[index]?.name ?? '', shape: batchOf1(index) }));
  return single(file, tensors, 'output', [chooseOutput(file.name, outputs, batchOf1(input), wanted).index]);
}

const floats = new Set(['float32', 'float16', 'bfloat16', 'float64']);

/** int8 and int16 stand for real values by their scale: the caller gives and takes those. */
const isReal = (tensor: TfliteTensor): boolean =>
  floats.has(tensor.type) || gridOf(tensor) !== null || (tensor.type === 'int16' && tensor.quantization !== null);

function single(file: TfliteFile, tensors: readonly TfliteTensor[], kind: string, indices: readonly number[]): number {
  const named = indices.map((index) => {
    const tensor = tensors[index];
    if (tensor === undefined) throw file.damaged('graph', `its ${kind} does not exist`);
    return tensor;
  });
  const [found] = named;
  if (found === undefined || named.length !== 1) {
    throw new InputError({
      where: file.name,
      what: `has ${indices.length} ${kind}s (${named.map(({ name }) => name).join(', ')}); an autoencoder has one`,
      hint: 'Export only the part of the model from its input to its reconstruction.',
    });
  }
  const where = `${file.name}, ${kind} "${found.name}"`;
  if (!isReal(found)) {
    throw new InputError({
      where,
      what: `is ${found.type}${found.quantization === null ? ' without a scale' : ''}; expected real values: float32, or int8 with one scale`,
      hint: 'Convert the model with float or quantized int8 values at its ends.',
    });
  }
  if (found.shape.length < 2) {
    throw new InputError({
      where,
      what: `has ${found.shape.length} axes; expected a batch axis and the values`,
      hint: 'Export with a batch axis.',
    });
  }
  return indices[0]!;
}
