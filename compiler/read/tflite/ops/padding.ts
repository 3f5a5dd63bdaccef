import type { ValueId } from '../../../ir/graph.ts';
import { gather, shapeOf } from '../../compose.ts';
import type { TfliteNode } from '../node.ts';
import type { Rows } from '../row.ts';
import { options } from '../schema.ts';

/** Inputs x, paddings [rank x 2] and, for PADV2, the value. */
export const padding: Rows = {
  MIRROR_PAD: mirrorPad,
  PAD: (node) => pad(node, 0),
  PADV2: (node) => pad(node, node.constant(2).data[0] ?? 0),
};

function padsOf(node: TfliteNode): { readonly begin: readonly number[]; readonly end: readonly number[] } {
  const pads = node.list(1);
  const shape = node.shape(0);
  if (pads.length !== 2 * shape.length) throw node.refuse(`paddings [${pads.join(', ')}]`, shape);
  return { begin: shape.map((_, axis) => pads[2 * axis]!), end: shape.map((_, axis) => pads[2 * axis + 1]!) };
}

function pad(node: TfliteNode, value: number): ValueId {
  const { begin, end } = padsOf(node);
  const none = [...begin, ...end].every((count) => count === 0);
  node.count(node.shape(0).reduce((size, extent, axis) => size * (begin[axis]! + extent + end[axis]!), 1));
  return none ? node.input(0) : node.emit({ kind: 'pad', begin, end, value }, [node.input(0)]);
}

/** REFLECT leaves out the border itself, SYMMETRIC repeats it. */
function mirrorPad(node: TfliteNode): ValueId {
  const { begin, end } = padsOf(node);
  const mode = node.code(options.MirrorPad.mode);
  if (mode !== 0 && mode !== 1) throw node.refuse(`mode ${mode}`);
  return begin.reduce<ValueId>((x, before, axis) => {
    const extent = shapeOf(node, x)[axis]!;
    const most = mode === 0 ? extent - 1 : extent;
    if (before > most || end[axis]! > most) throw node.refuse(`padding by ${before} and ${end[axis]}`, shapeOf(node, x));
    const indices = Array.from({ length: node.count(before + extent + end[axis]!) }, (_, i) => {
      const place = i - before;
      if (place < 0) return mode === 0 ? -place : -place - 1;
      return place < extent ? place : 2 * extent - place - (mode === 0 ? 2 : 1);
    });
    return gather(node, x, axis, indices);
  }, node.input(0));
}
