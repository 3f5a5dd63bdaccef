import { openSource } from '../../../compiler/files.ts';
import { readModel } from '../../../compiler/read/index.ts';
import { simplify } from '../../../compiler/simplify/index.ts';

/** y = relu?(w x + b). weights: [rows x depth] */
export interface DenseLayer {
  readonly rows: number;
  readonly depth: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly relu: boolean;
}

/** The layers of a dense model file. */
export async function denseLayers(path: string): Promise<DenseLayer[]> {
  const { graph } = simplify((await readModel(openSource(path))).graph);
  return graph.nodes.map(({ op, inputs }) => {
    const weights = graph.constants.get(inputs[1]!)!;
    const [rows, depth] = weights.shape;
    return {
      rows: rows!,
      depth: depth!,
      weights: weights.data,
      bias: graph.constants.get(inputs[2]!)!.data,
      relu: op.kind === 'dense' && op.activation !== null,
    };
  });
}
