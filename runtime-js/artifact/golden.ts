import { ArtifactError } from './error.ts';

/** A few real windows with the exact scores that every host must give. */
export interface Golden {
  /** Values per window. */
  readonly size: number;
  /** Values of a window that are stored, and then repeated until it is full: `size`, or fewer where windows are large. */
  readonly period: number;
  /** f32[scores.length x size] */
  readonly inputs: Float32Array;
  readonly scores: Float32Array;
}

const headerBytes = 12;

/** u32 count, u32 size, u32 period, f32[count x period] inputs, f32[count] scores; little endian. */
export function encodeGolden({ size, period, inputs, scores }: Golden): Uint8Array {
  const count = scores.length;
  const bytes = new Uint8Array(headerBytes + 4 * count * (period + 1));
  const view = new DataView(bytes.buffer);
  [count, size, period].forEach((value, i) => view.setUint32(4 * i, value, true));
  const stored = Array.from({ length: count * period }, (_, i) => inputs[Math.floor(i / period) * size + (i % period)]!);
  [...stored, ...scores].forEach((value, i) => view.setFloat32(headerBytes + 4 * i, value, true));
  return bytes;
}

/** Throws an ArtifactError if the section does not hold what its header says. */
export function decodeGolden(content: Uint8Array, where: string): Golden {
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  const [count, size, period] = [0, 4, 8].map((at) => (content.length < headerBytes ? 0 : view.getUint32(at, true)));
  const expected = headerBytes + 4 * count! * (period! + 1);
  if (count === 0 || period === 0 || period! > size! || content.length !== expected) {
    throw new ArtifactError(
      where,
      `its golden section has ${content.length} bytes where ${expected} are expected`,
      'Compile the model again.',
    );
  }
  const stored = (i: number): number => view.getFloat32(headerBytes + 4 * i, true);
  const inputs = Float32Array.from({ length: count! * size! }, (_, i) =>
    stored(Math.floor(i / size!) * period! + ((i % size!) % period!)),
  );
  return {
    size: size!,
    period: period!,
    inputs,
    scores: Float32Array.from({ length: count! }, (_, i) => stored(count! * period! + i)),
  };
}
