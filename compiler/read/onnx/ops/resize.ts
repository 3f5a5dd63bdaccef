import type { ValueId } from '../../../ir/graph.ts';
import { gather, shapeOf } from '../../compose.ts';
import type { OnnxNode } from '../node.ts';
import type { Rows } from '../row.ts';
import { coordinateModes, placeOf, roundings, weightsAt, type AxisResize } from './interpolation.ts';

/** Resizing, one axis after the other (https://onnx.ai/onnx/operators/onnx__Resize.html). */
export const resizing: Rows = {
  Resize: (node) => (node.scope.opset < 11 ? upsample(node) : resize(node)),
  Upsample: upsample,
};

/** Scales alone, an attribute before opset 9 and an input since; a place is i / scale, nearest is rounded down. */
function upsample(node: OnnxNode): ValueId {
  const scales = node.list(1) ?? [...(node.attribute('scales')?.floats ?? [])];
  const shape = node.shape(0);
  if (scales.length !== shape.length) throw node.refuse(`scales [${scales.join(', ')}]`, shape);
  const mode = node.choice('mode', ['nearest', 'linear', 'bilinear']);
  return scales.reduce<ValueId>((x, scale, axis) => {
    const from = shape[axis]!;
    const to = Math.floor(from * scale);
    const place = { from, to, scale, coordinates: 'asymmetric', start: 0, end: 1 } as const;
    return alongAxis(node, x, axis, place, { ...defaults, mode: mode === 'nearest' ? mode : 'linear', rounding: 'floor' });
  }, node.input(0));
}

interface Filter {
  readonly mode: 'nearest' | 'linear' | 'cubic';
  readonly rounding: keyof typeof roundings;
  readonly coefficient: number;
  readonly antialias: boolean;
  readonly excludesOutside: boolean;
  readonly extrapolation: number;
}

const defaults: Filter = {
  mode: 'nearest',
  rounding: 'round_prefer_floor',
  coefficient: -0.75,
  antialias: false,
  excludesOutside: false,
  extrapolation: 0,
};

function resize(node: OnnxNode): ValueId {
  const shape = node.shape(0);
  const axes = (node.ints('axes') ?? shape.map((_, axis) => axis)).map((axis) => node.axis(axis, shape.length));
  const filter: Filter = {
    mode: node.choice('mode', ['nearest', 'linear', 'cubic']),
    rounding: node.choice('nearest_mode', ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil']),
    coefficient: node.float('cubic_coeff_a', -0.75),
    antialias: node.int('antialias', 0) !== 0,
    excludesOutside: node.int('exclude_outside', 0) !== 0,
    extrapolation: node.float('extrapolation_value', 0),
  };
  const coordinates = node.choice('coordinate_transformation_mode', coordinateModes);
  const regions = coordinates === 'tf_crop_and_resize' ? (node.list(1) ?? []) : axes.flatMap(() => [0]).concat(axes.map(() => 1));
  if (regions.length !== 2 * axes.length) throw node.refuse(`roi [${regions.join(', ')}]`, shape);
  return scalesOf(node, axes).reduce<ValueId>((x, { scale, to }, i) => {
    const [start, end] = [regions[i]!, regions[axes.length + i]!];
    return alongAxis(node, x, axes[i]!, { from: shape[axes[i]!]!, to, scale, coordinates, start, end }, filter);
  }, node.input(0));
}

/** From `scales` or `sizes`, of which one is given; an empty tensor is none. */
function scalesOf(node: OnnxNode, axes: readonly number[]): readonly { readonly scale: number; readonly to: number }[] {
  const extents = axes.map((axis) => node.shape(0)[axis]!);
  const scales = node.list(2) ?? [];
  const sizes = node.list(3) ?? [];
  if (scales.length === axes.length) return scales.map((scale, i) => ({ scale, to: Math.floor(extents[i]! * scale) }));
  if (sizes.length !== axes.length) {
    throw node.refuse(`scales [${scales.join(', ')}] with sizes [${sizes.join(', ')}] for ${axes.length} axes`);
  }
  const ratios = sizes.map((size, i) => size / extents[i]!);
  const policy = node.choice('keep_aspect_ratio_policy', ['stretch', 'not_larger', 'not_smaller']);
  if (policy === 'stretch') return ratios.map((scale, i) => ({ scale, to: sizes[i]! }));
  const scale = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
  return extents.map((extent) => ({ scale, to: Math.floor(extent * scale + 0.5) }));
}

/** One axis: a choice of inputs for nearest, a weighted sum of them else, and the extrapolated ends around it. */
function alongAxis(node: OnnxNode, x: ValueId, axis: number, place: AxisResize, filter: Filter): ValueId {
  const { from, to, scale, coordinates, start, end } = place;
  if (from === to && scale === 1 && (coordinates !== 'tf_crop_and_resize' || (start === 0 && end === 1))) return x;
  const places = Array.from({ length: node.extent(to) }, (_, i) => placeOf(place, i));
  const outside = (at: number): boolean => coordinates === 'tf_crop_and_resize' && (at < 0 || at > from - 1);
  const inside = places.filter((at) => !outside(at));
  if (inside.length === 0) throw node.refuse(`a region of interest from ${start} to ${end}, outside of the input,`);
  const result = pickOrWeigh(node, x, axis, inside, place, filter);
  if (inside.length === to) return result;
  // Places rise or fall steadily, so what lies outside is at the ends.
  const before = places.findIndex((at) => !outside(at));
  const around = (count: number): number[] => shapeOf(node, x).map((_, other) => (other === axis ? count : 0));
  const pads = { begin: around(before), end: around(to - before - inside.length) };
  return node.emit({ kind: 'pad', ...pads, value: filter.extrapolation }, [result]);
}

function pickOrWeigh(
  node: OnnxNode,
  x: ValueId,
  axis: number,
  places: readonly number[],
  { from, scale }: AxisResize,
  filter: Filter,
): ValueId {
  const clamped = (index: number): number => Math.min(Math.max(index, 0), from - 1);
  if (filter.mode === 'nearest') return gather(node, x, axis, places.map(roundings[filter.rounding]).map(clamped));
  const { mode, coefficient, antialias, excludesOutside } = filter;
  const rows = places.map((at) => weightsAt(at, { mode, coefficient, stretch: antialias ? Math.min(scale, 1) : 1 }));
  const taps = Math.max(...rows.map((row) => row.length));
  const indices: number[] = [];
  const weights: number[] = [];
  for (const row of rows) {
    const kept = row.map(({ index, weight }) => (excludesOutside && clamped(index) !== index ? 0 : weight));
    const sum = kept.reduce((total, weight) => total + weight, 0);
    for (let tap = 0; tap < taps; tap++) {
      indices.push(clamped(row[tap]?.index ?? 0));
      weights.push((kept[tap] ?? 0) / sum);
    }
  }
  return node.emit({ kind: 'resample', axis, taps, indices, weights }, [x]);
}
