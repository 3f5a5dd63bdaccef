import type { ValueId } from '../../ir/graph.ts';
import { OnnxNode } from './node.ts';
import type { Output, Row } from './row.ts';

/** What an 8-bit value stands for: the real value on its grid, real = scale * (q - zeroPoint). */
export interface Grid {
  readonly real: ValueId;
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Scales of weights that were integers: one, or one per index of an axis. */
export interface WeightScales {
  readonly axis: number;
  readonly scales: Float32Array;
}

/** Operators that move values or choose among them: on integers they do what they do on the real values. */
const movers = new Set([
  'Concat',
  'DepthToSpace',
  'Expand',
  'Flatten',
  'Gather',
  'Identity',
  'MaxPool',
  'Reshape',
  'Slice',
  'SpaceToDepth',
  'Split',
  'Squeeze',
  'Tile',
  'Transpose',
  'Unsqueeze',
]);

/**
 * Where an operator moves 8-bit values, moves the real ones too, so that the DequantizeLinear behind it finds them: models in
 * QOperator form reshape and pool between the two. What nobody reads of both is dropped later.
 */
export function carryGrids(node: OnnxNode, row: Row, outputs: readonly Output[]): void {
  const { scope, proto } = node;
  if (!movers.has(proto.opType)) return;
  const moved = proto.opType === 'Concat' ? proto.input : proto.input.slice(0, 1);
  const grids = moved.map((name) => scope.grids.get(scope.values.get(name) ?? unknown));
  const [first] = grids;
  if (first === undefined || !grids.every((grid) => grid !== undefined && isSameGrid(grid, first))) return;
  const values = new Map(scope.values);
  moved.forEach((name, i) => values.set(name, grids[i]!.real));
  const real = row(new OnnxNode(proto, { ...scope, values }));
  const reals: readonly Output[] = Array.isArray(real) ? real : [real as Output];
  outputs.forEach((output, i) => {
    const twin = reals[i];
    if (typeof output === 'number' && typeof twin === 'number') scope.grids.set(output, { ...first, real: twin });
  });
}

const unknown = -1 as ValueId;

export const isSameGrid = (a: Omit<Grid, 'real'>, b: Omit<Grid, 'real'>): boolean =>
  a.scale === b.scale && a.zeroPoint === b.zeroPoint;
