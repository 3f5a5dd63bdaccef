import type { Decode, Format, PayloadOptions, Taker, Wanted } from './define.ts';
import { placesOf } from './places.ts';

/** How one number of a frame is read. */
interface Cell {
  readonly bytes: number;
  read(view: DataView, at: number): number;
}

const headerBytes = 8;

/** Seconds in the 8 bytes in front of a frame. */
const headers: Readonly<Record<Exclude<PayloadOptions['header'], 'none'>, (view: DataView) => number>> = {
  f64: (view) => view.getFloat64(0, true),
  ms: (view) => whole(view, 1000n),
  us: (view) => whole(view, 1_000_000n),
  ns: (view) => whole(view, 1_000_000_000n),
};

/** Nanoseconds since 1970 are more than an f64 can count. */
function whole(view: DataView, perSecond: bigint): number {
  const count = view.getBigUint64(0, true);
  return Number(count / perSecond) + Number(count % perSecond) / Number(perSecond);
}

/** Later than the year 5138 no sensor measures: the bytes are not what the rule says. */
const maxSeconds = 1e11;

/** Raw little-endian samples x columns, one sample after the other. */
export const frames = (cell: Cell, options: Format['options']): Format => ({
  by: 'place',
  isSeries: true,
  options: ['columns', 'header', ...options],
  says: [],
  timeUnit: null,
  bind: (wanted, given) => bindFrames(cell, wanted, given),
});

function bindFrames(cell: Cell, wanted: Wanted, options: PayloadOptions): Decode {
  const { fields, columns } = placesOf(wanted, options);
  const start = options.header === 'none' ? 0 : headerBytes;
  const timeOf = options.header === 'none' ? null : headers[options.header];
  const [scale, offset] = [perField(options.scale, fields.length), perField(options.offset, fields.length)];
  const rowBytes = columns * cell.bytes;
  return (payload: Uint8Array, taker: Taker) => {
    const bytes = payload.byteLength - start;
    if (bytes <= 0 || bytes % rowBytes !== 0) {
      taker.refuse(
        'malformed',
        () => `has ${payload.byteLength} bytes; expected ${start === 0 ? '' : `${start} and `}a multiple of ${rowBytes}`,
      );
      return;
    }
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const time = timeOf === null ? null : timeOf(view);
    if (time !== null && !(Math.abs(time) < maxSeconds)) {
      taker.refuse('malformed', () => `begins with the time ${time} s`);
      return;
    }
    const values = new Float32Array((bytes / rowBytes) * fields.length);
    let to = 0;
    for (let at = start; at < payload.byteLength; at += rowBytes) {
      for (let i = 0; i < fields.length; i++, to++) {
        values[to] = cell.read(view, at + fields[i]! * cell.bytes) * scale[i]! + offset[i]!;
        if (!Number.isFinite(values[to])) values[to] = NaN;
      }
    }
    taker.series(values, time);
  };
}

const perField = (given: number | readonly number[], fields: number): readonly number[] =>
  typeof given === 'number' ? Array.from({ length: fields }, () => given) : given;
