import { InputError } from '../../error.ts';
import type { Shape } from '../../ir/tensor.ts';
import type { FloatGraph } from '../../ops/float-graph.ts';
import type { FormatName } from '../../ops/number-formats.ts';
import { chooseOutput } from '../choose-output.ts';
import type { Source } from '../source.ts';
import { scopeOf } from './graph.ts';
import { outputOf, readNodes } from './nodes.ts';
import { openOnnx } from './open.ts';
import type { GraphProto, ValueInfoProto } from './schema.ts';
import { formatOf } from './tensor.ts';

/** Reads an autoencoder: one input of floats whose batch is bound to 1, and the one of its outputs that is meant. */
export async function readOnnx(source: Source): Promise<FloatGraph> {
  const file = await openOnnx(source);
  const input = singleInput(source.name, file.inputs);
  const { batch, shape } = shapeOf(source.name, input, batchAxisOf(file.graph, input.name));
  const scope = scopeOf(source, file, { known: new Map(), batch, rounds: false });
  scope.values.set(input.name, scope.builder.input(input.name, shape));
  await readNodes(source, file.graph, scope);
  const outputs = file.graph.output.map(({ name }) => {
    const value = outputOf(scope, name);
    return { name, value, shape: scope.builder.type(value).shape };
  });
  const { name, value } = chooseOutput(source.name, outputs, shape, source.output ?? null);
  refuseOther(`${source.name}, output "${name}"`, scope.formats.get(name) ?? 'float32');
  return scope.builder.finish([value]);
}

function singleInput(file: string, infos: readonly ValueInfoProto[]): ValueInfoProto {
  if (infos.length === 1) return infos[0]!;
  throw new InputError({
    where: file,
    what: `has ${infos.length} inputs (${infos.map(({ name }) => name).join(', ')}); an autoencoder has one`,
    hint: 'Export only the part of the model from its input to its reconstruction.',
  });
}

const floats: readonly FormatName[] = ['float32', 'float64', 'float16', 'bfloat16'];

function refuseOther(where: string, format: FormatName): void {
  if (floats.includes(format)) return;
  throw new InputError({
    where,
    what: `holds ${format}; expected ${floats.join(', ')}`,
    hint: 'Export the model with its input and output as floats.',
  });
}

/** A recurrent layer of layout 0 wants [steps x batch x values]: where it reads the input itself, the batch stands second. */
const batchAxisOf = ({ node }: GraphProto, input: string): number =>
  node.some(
    ({ opType, input: [x], attribute }) =>
      ['LSTM', 'GRU', 'RNN'].includes(opType) && x === input && !attribute.some(({ name, i }) => name === 'layout' && i !== 0),
  )
    ? 1
    : 0;

/** The batch is bound to 1, whatever the file says. */
function shapeOf(
  file: string,
  { name, type }: ValueInfoProto,
  batchAxis: number,
): { readonly batch: number | null; readonly shape: Shape } {
  const tensor = type?.tensorType;
  const dims = tensor?.shape?.dim.map(({ dimValue }) => dimValue) ?? [];
  const where = `${file}, input "${name}"`;
  const format = formatOf(tensor?.elemType ?? 0, where);
  refuseOther(where, format);
  if (dims.length < 2) {
    throw new InputError({
      where,
      what: `has shape [${dims.join(' x ')}]; expected a batch axis and the values, such as [1 x 640]`,
      hint: 'Export the model with a batch axis.',
    });
  }
  if (dims.some((extent, axis) => axis !== batchAxis && extent <= 0)) {
    const found = dims.map((extent) => (extent > 0 ? extent : '?')).join(' x ');
    throw new InputError({
      where,
      what: `has shape [${found}]; only the ${batchAxis === 0 ? 'first' : 'second'} extent, the batch, may be open`,
      hint: 'Export the model with a fixed window size.',
    });
  }
  return { batch: batchAxis === 0 ? Math.max(1, dims[0]!) : null, shape: dims.with(batchAxis, 1) };
}
