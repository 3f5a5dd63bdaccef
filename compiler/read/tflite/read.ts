import { floatGraphBuilder, type FloatGraph } from '../../ops/float-graph.ts';
import type { Source } from '../source.ts';
import { inputOf, outputOf } from './border.ts';
import { carryGrid, onGrid } from './grids.ts';
import { TfliteNode } from './node.ts';
import { spreadRow } from './ops/batches.ts';
import { rows } from './ops/table.ts';
import { refuseUnsupported } from './refuse.ts';
import type { Result, Row } from './row.ts';
import { fields, operatorNames } from './schema.ts';
import type { Scope } from './scope.ts';
import { TfliteFile, type Table } from './table.ts';
import { describeTensor } from './tensor.ts';

/**
 * Reads a TFLite model: float, with float16 or int8 weights, or int8 throughout. All values are real ones in f32; between
 * the layers of an int8 model they lie on the grids of its file (fakeQuantize), and its weights keep their scales.
 */
export const readTflite = async ({ name, bytes, output }: Source): Promise<FloatGraph> =>
  read(new TfliteFile(name, bytes), output ?? null);

function read(file: TfliteFile, wanted: string | null): FloatGraph {
  const model = file.root();
  const subgraphs = model.tables(fields.Model.subgraphs);
  const [graph] = subgraphs;
  if (graph === undefined) throw file.damaged('model', 'holds no graph');
  const kinds = operatorsOf(model, graph);
  refuseUnsupported(file, graph, kinds, subgraphs.length);
  const buffers = model.tables(fields.Model.buffers).map((buffer) => buffer.bytes(fields.Buffer.data));
  const tensors = graph.tables(fields.SubGraph.tensors).map((tensor) => describeTensor(file, tensor, buffers));
  const input = inputOf(file, tensors, graph.ints(fields.SubGraph.inputs));
  const output = outputOf(file, tensors, graph.ints(fields.SubGraph.outputs), { input, wanted });
  const scope: Scope = {
    file,
    builder: floatGraphBuilder(file.name),
    tensors,
    values: new Map(),
    spreads: new Map(),
    noises: new Map(),
    grids: new Map(),
    weightScales: new Map(),
  };
  const { name, shape } = tensors[input]!;
  const x = scope.builder.input(name, [1, ...shape.slice(1)]);
  scope.values.set(input, onGrid(scope, `${name}/grid`, x, tensors[input]!));
  graph.tables(fields.SubGraph.operators).forEach((operator, i) => readNode(new TfliteNode(kinds[i]!, operator, scope)));
  const result = scope.values.get(output);
  if (result === undefined) throw file.damaged(`output "${tensors[output]!.name}"`, 'no node computes it');
  return scope.builder.finish([result]);
}

/** What each operator is called. */
function operatorsOf(model: Table, graph: Table): readonly string[] {
  const codes = model.tables(fields.Model.operatorCodes).map(operatorName);
  return graph
    .tables(fields.SubGraph.operators)
    .map((operator) => codes[operator.uint32(fields.Operator.opcodeIndex)] ?? 'an operator that is not listed');
}

/** Old files keep the code in the deprecated field, new ones in the other; the larger one counts (schema.fbs). */
function operatorName(code: Table): string {
  const builtin = Math.max(code.int8(fields.OperatorCode.deprecatedBuiltinCode), code.uint32(fields.OperatorCode.builtinCode));
  const name = operatorNames[builtin] ?? `number ${builtin}`;
  return name === 'CUSTOM' ? `custom "${code.text(fields.OperatorCode.customCode)}"` : name;
}

function readNode(node: TfliteNode): void {
  const { scope } = node;
  const result = resultOf(node, rows[node.kind]!);
  if (typeof result === 'object' && 'image' in result) {
    const image = onGrid(scope, node.name, result.image, node.output(0));
    scope.spreads.set(node.outputs[0]!, { ...result, image });
    return;
  }
  if (typeof result === 'object' && 'deviation' in result) {
    scope.noises.set(node.outputs[0]!, result);
    return;
  }
  const values = typeof result === 'object' ? result : [result];
  values.forEach((value, i) => {
    carryGrid(node, value);
    const tensor = node.output(i);
    scope.values.set(node.outputs[i]!, onGrid(scope, `${tensor.name}/grid`, value, tensor));
  });
}

function resultOf(node: TfliteNode, row: Row): Result {
  const spread = node.scope.spreads.get(node.inputs[0] ?? -1);
  const own = spread === undefined ? undefined : spreadRow(node.kind);
  return spread === undefined || own === undefined ? row(node) : own(node, spread, row);
}
