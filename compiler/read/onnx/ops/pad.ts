import type { ValueId } from '../../../ir/graph.ts';
import { gather, rankOf, shapeOf } from '../../compose.ts';
import type { OnnxNode } from '../node.ts';

/** Where a place outside of [0, extent) is read, by mode (numpy.pad; https://onnx.ai/onnx/operators/onnx__Pad.html). */
const modes = {
  edge: (place: number, extent: number) => Math.min(Math.max(place, 0), extent - 1),
  reflect: (place: number, extent: number) => {
    const period = Math.max(1, 2 * (extent - 1));
    const within = modulo(place, period);
    return Math.min(within, period - within);
  },
  wrap: (place: number, extent: number) => modulo(place, extent),
};

/** Pads are an attribute before opset 11, an input since: all beginnings, then all ends; negative ones cut off. */
export function pad(node: OnnxNode): ValueId {
  const x = node.input(0);
  const rank = rankOf(node, x);
  const pads = node.list(1) ?? node.ints('pads') ?? node.ints('paddings') ?? [];
  const axes = (node.list(3) ?? Array.from({ length: rank }, (_, axis) => axis)).map((axis) => node.axis(axis, rank));
  if (pads.length !== 2 * axes.length) throw node.refuse(`pads [${pads.join(', ')}]`, shapeOf(node, x));
  const mode = node.choice('mode', ['constant', 'reflect', 'edge', 'wrap']);
  const [begin, end] = [0, axes.length].map((first) =>
    Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? pads[first + axes.indexOf(axis)]! : 0)),
  );
  let result = x;
  for (let axis = 0; axis < rank; axis++) {
    const extent = shapeOf(node, x)[axis]!;
    const [before, behind] = [begin![axis]!, end![axis]!].map((count) => (mode === 'constant' ? Math.min(0, count) : count));
    const indices = Array.from({ length: node.extent(Math.max(0, before! + extent + behind!)) }, (_, i) =>
      mode === 'constant' ? i - before! : modes[mode](i - before!, extent),
    );
    result = gather(node, result, axis, indices);
  }
  if (mode !== 'constant') return result;
  if (![...begin!, ...end!].some((count) => count > 0)) return result;
  const value = node.has(2) ? (node.constant(2).values[0] ?? 0) : node.float('value', 0);
  return node.emit({ kind: 'pad', begin: growth(begin!), end: growth(end!), value }, [result]);
}

const growth = (counts: readonly number[]): number[] => counts.map((count) => Math.max(0, count));

const modulo = (a: number, b: number): number => ((a % b) + b) % b;
