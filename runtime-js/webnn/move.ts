import type { Move } from '../artifact/kernel.ts';
import { defineLowering } from './define.ts';

/** Boxes become one table of places; what no box reaches reads the zero behind the inputs. */
export const move = defineLowering<'move'>(({ boxes }, { inputs, output }, net) => {
  const sizes = inputs.map((index) => net.sizeOf(index));
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
  const zero = sizes.reduce((sum, size) => sum + size, 0);
  const table = new Int32Array(net.sizeOf(output)).fill(zero);
  for (const box of boxes) placeInto(table, box, starts[box.input]!);
  const values = inputs.map((index) => net.read(index));
  net.put(output, net.pick(table.includes(zero) ? [...values, net.zero()] : values, table));
});

function placeInto(table: Int32Array, { extents, from, fromStrides, to, toStrides }: Move, start: number): void {
  const [, b, c, d] = extents;
  const count = extents.reduce((product, extent) => product * extent, 1);
  for (let i = 0; i < count; i++) {
    const place = [Math.floor(i / (b * c * d)), Math.floor(i / (c * d)) % b, Math.floor(i / d) % c, i % d];
    table[to + offset(place, toStrides)] = start + from + offset(place, fromStrides);
  }
}

const offset = (place: readonly number[], strides: Move['toStrides']): number =>
  place.reduce((sum, index, axis) => sum + index * strides[axis]!, 0);
