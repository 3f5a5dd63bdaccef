import { ArtifactError } from './error.ts';

/** A few real windows with the exact scores that every host must give. */
export interface Golden {
  /** Values per window. */
  readonly size: number;
  /** f32[scores.length x size] */
  readonly inputs: Float32Array;
  readonly scores: Float32Array;
}

/** u32 count, u32 size, f32 inputs, f32 scores; little endian. */
export function encodeGolden(golden: Golden): Uint8Array {
  const bytes = new Uint8Array(8 + 4 * (golden.inputs.length + golden.scores.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, golden.scores.length, true);
  view.setUint32(4, golden.size, true);
  [...golden.inputs, ...golden.scores].forEach((value, i) => view.setFloat32(8 + 4 * i, value, true));
  return bytes;
}

/** Throws an ArtifactError if the section does not hold what its header says. */
export function decodeGolden(content: Uint8Array, where: string): Golden {
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  const count = content.length < 8 ? 0 : view.getUint32(0, true);
  const size = content.length < 8 ? 0 : view.getUint32(4, true);
  const expected = 8 + 4 * count * (size + 1);
  if (count === 0 || content.length !== expected) {
    throw new ArtifactError(
      where,
      `its golden section has ${content.length} bytes where ${expected} are expected`,
      'Compile the model again.',
    );
  }
  const values = Float32Array.from({ length: count * (size + 1) }, (_, i) => view.getFloat32(8 + 4 * i, true));
  return { size, inputs: values.subarray(0, count * size), scores: values.subarray(count * size) };
}
