import type { ValueId } from '../../ir/graph.ts';
import type { FakeQuantize } from '../../ops/fake-quantize.ts';
import type { TfliteNode } from './node.ts';
import type { Scope } from './scope.ts';
import type { TfliteTensor } from './tensor.ts';

/** The grid of an int8 activation. */
export type Grid = FakeQuantize;

/** Operators that only move values: on one grid, their result stays on it. */
const movers = new Set(
  `BROADCAST_TO DEPTH_TO_SPACE EXPAND_DIMS GATHER MIRROR_PAD PAD RESHAPE RESIZE_NEAREST_NEIGHBOR REVERSE_V2 SLICE SPACE_TO_DEPTH
  SPLIT SPLIT_V SQUEEZE STRIDED_SLICE TILE TRANSPOSE UNPACK`.split(/\s+/),
);

/** null for what is no 8-bit activation: 16 bits are finer than anything that is compiled from them. */
export function gridOf({ type, quantization }: TfliteTensor): Grid | null {
  if ((type !== 'int8' && type !== 'uint8') || quantization === null || quantization.scales.length !== 1) return null;
  const [low, high] = type === 'int8' ? ([-128, 127] as const) : ([0, 255] as const);
  return { scale: quantization.scales[0]!, zeroPoint: quantization.zeroPoints[0]!, low, high };
}

/** Counted from the lowest value: uint8 and int8 hold the same grid at zero points that are 128 apart. */
const isSame = (a: Grid, b: Grid): boolean => a.scale === b.scale && a.zeroPoint - a.low === b.zeroPoint - b.low;

/** The value on the grid that the file gives it. */
export function onGrid({ builder, grids }: Scope, name: string, x: ValueId, tensor: TfliteTensor): ValueId {
  const grid = gridOf(tensor);
  const known = grids.get(x);
  if (grid === null || builder.constantOf(x) !== undefined || (known !== undefined && isSame(known, grid))) return x;
  const result = builder.node({ kind: 'fakeQuantize', ...grid }, name, [x]);
  grids.set(result, grid);
  return result;
}

/** Where an operator only moves values, its result is on their grid already. */
export function carryGrid({ kind, inputs, scope: { grids, values } }: TfliteNode, result: ValueId): void {
  const grid = inputs.map((index) => grids.get(values.get(index) ?? none)).find((known) => known !== undefined);
  if (movers.has(kind) && grid !== undefined) grids.set(result, grid);
}

const none = -1 as ValueId;
