import type { FloatGraph } from '../../ops/float-graph.ts';
import { floatGraphBuilder } from '../../ops/float-graph.ts';
import type { FormatName } from '../../ops/number-formats.ts';
import type { Source } from '../source.ts';
import type { Scope } from './scope.ts';
import { outputOf, readNodes } from './nodes.ts';
import { openOnnx, type OnnxFile } from './open.ts';
import type { ValueInfoProto } from './schema.ts';
import { formatOf, type OnnxTensor } from './tensor.ts';

/** A graph as its file has it, with the names of the inputs that it reads, and its outputs with their format in the file. */
export interface OnnxGraph {
  readonly graph: FloatGraph;
  readonly inputs: readonly string[];
  readonly outputs: readonly { readonly name: string; readonly format: FormatName }[];
}

/**
 * Reads any graph of tensors, with its shapes as given: any number of inputs and outputs, each value in f32. `known` holds
 * the values of inputs, for operators that must know an operand while reading (a Reshape its shape). An input that nothing
 * reads may be of any kind. Throws an InputError if the file is damaged or says what cannot be expressed.
 */
export async function readOnnxGraph(
  source: Source,
  { known }: { readonly known: ReadonlyMap<string, OnnxTensor> },
): Promise<OnnxGraph> {
  const file = await openOnnx(source);
  const scope = scopeOf(source, file, { known, batch: null, rounds: true });
  const inputs = file.inputs.filter((input) => declareInput(scope, input));
  await readNodes(source, file.graph, scope);
  const outputs = file.graph.output.map(({ name }) => ({ name, value: outputOf(scope, name), format: formatIn(scope, name) }));
  return {
    graph: scope.builder.finish(outputs.map(({ value }) => value)),
    inputs: inputs.map(({ name }) => name),
    outputs: outputs.map(({ name, format }) => ({ name, format })),
  };
}

const formatIn = ({ formats }: Scope, name: string): FormatName => formats.get(name) ?? 'float32';

export function scopeOf(source: Source, file: OnnxFile, options: Pick<Scope, 'known' | 'batch' | 'rounds'>): Scope {
  return {
    file: source.name,
    builder: floatGraphBuilder(source.name),
    values: new Map(),
    constants: new Map(file.constants),
    missing: new Map(),
    noise: new Map(),
    grids: new Map(),
    weightScales: new Map(),
    formats: new Map([...file.constants].map(([name, { format }]) => [name, format])),
    opset: file.opset,
    ...options,
  };
}

/** Adds an input as its file declares it. One that is no tensor, or an empty one, is an error only where it is read. */
function declareInput(scope: Scope, { name, type }: ValueInfoProto): boolean {
  const tensor = type?.tensorType;
  const shape = scope.known.get(name)?.shape ?? tensor?.shape?.dim.map(({ dimValue }) => dimValue);
  if (tensor === null || tensor === undefined || shape === undefined) {
    scope.missing.set(name, 'an input that is no tensor: sequences, optional values and maps are not supported');
    return false;
  }
  scope.formats.set(name, formatOf(tensor.elemType, `${scope.file}, input "${name}"`));
  if (shape.some((extent) => extent <= 0)) {
    scope.missing.set(name, `an input of shape [${shape.join(' x ')}]: tensors without values are not supported`);
    return false;
  }
  scope.values.set(name, scope.builder.input(name, shape));
  return true;
}
