import type { ValueId } from '../../../ir/graph.ts';
import { gather, shapeOf } from '../../compose.ts';
import type { TfliteNode } from '../node.ts';
import type { Rows } from '../row.ts';
import { options } from '../schema.ts';

/** Resizing of images to [height, width], one axis after the other. */
export const resizing: Rows = {
  RESIZE_BILINEAR: (node) => resize(node, options.ResizeBilinear, bilinear),
  RESIZE_NEAREST_NEIGHBOR: (node) => resize(node, options.ResizeNearestNeighbor, nearest),
};

interface Places {
  readonly from: number;
  readonly to: number;
  /** The first and the last pixels of both images lie on each other. */
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

type Slots = Readonly<Record<'alignCorners' | 'halfPixelCenters', number>>;

function resize(
  node: TfliteNode,
  slots: Slots,
  alongAxis: (node: TfliteNode, x: ValueId, axis: number, places: Places) => ValueId,
): ValueId {
  const sizes = node.list(1);
  const shape = node.shape(0);
  if (sizes.length !== 2 || shape.length !== 4) throw node.refuse(`a size of [${sizes.join(' x ')}]`, shape);
  const [alignCorners, halfPixelCenters] = [node.flag(slots.alignCorners), node.flag(slots.halfPixelCenters)];
  return sizes.reduce<ValueId>((x, to, i) => {
    const from = shapeOf(node, x)[i + 1]!;
    return alongAxis(node, x, i + 1, { from, to, alignCorners, halfPixelCenters });
  }, node.input(0));
}

/** Input pixels per output pixel, in f32 as kernels/internal/reference/resize_*.h compute it: places on a pixel stay on it. */
const scaleOf = ({ from, to, alignCorners }: Places): number =>
  Math.fround(alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to);

/** Rounded down, or with aligned corners to the nearest, halves up. */
function nearest(node: TfliteNode, x: ValueId, axis: number, places: Places): ValueId {
  const scale = scaleOf(places);
  const round = places.alignCorners ? Math.round : Math.floor;
  const indices = Array.from({ length: node.count(places.to) }, (_, i) => {
    const place = Math.fround((i + (places.halfPixelCenters ? 0.5 : 0)) * scale);
    return Math.max(0, Math.min(places.from - 1, round(place)));
  });
  return gather(node, x, axis, indices);
}

/** The two pixels around a place, by their distances; beyond the ends the last one alone. */
function bilinear(node: TfliteNode, x: ValueId, axis: number, places: Places): ValueId {
  const scale = scaleOf(places);
  const last = places.from - 1;
  const outputs = node.count(places.to);
  const [indices, weights]: [number[], number[]] = [[], []];
  for (let i = 0; i < outputs; i++) {
    const place = places.halfPixelCenters ? (i + 0.5) * scale - 0.5 : i * scale;
    const within = Math.max(0, Math.min(last, place));
    const below = Math.floor(within);
    indices.push(below, Math.min(last, below + 1));
    weights.push(1 - (within - below), within - below);
  }
  return node.emit({ kind: 'resample', axis, taps: 2, indices, weights }, [x]);
}
