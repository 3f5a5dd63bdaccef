import { openSource } from '../../../compiler/files.ts';
import { typeOf } from '../../../compiler/ir/graph.ts';
import { evaluate } from '../../../compiler/ops/float-graph.ts';
import { readModel } from '../../../compiler/read/index.ts';
import { simplify } from '../../../compiler/simplify/index.ts';

/** The float reference of a model file: as it was read, and after simplification. */
export async function floatReference(
  path: string,
): Promise<{ readonly read: (x: Float32Array) => Float32Array; readonly simplified: (x: Float32Array) => Float32Array }> {
  const { graph } = await readModel(openSource(path));
  const run = (g: typeof graph) => (x: Float32Array) =>
    evaluate(g, [{ shape: typeOf(g, g.inputs[0]!).shape, data: x }]).get(g.outputs[0]!)!.data;
  return { read: run(graph), simplified: run(simplify(graph).graph) };
}
