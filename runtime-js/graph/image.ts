import { ArtifactError } from '../artifact/error.ts';

/** The constants of an artifact as they lie in its memory from address 0: its one data segment, and zeros behind. */
export class Image {
  readonly #bytes: Uint8Array;

  /** content: of the data section, as compiler/pack/module.ts writes it. */
  constructor(content: Uint8Array, where: string) {
    // One segment, of kind 0, at (i32.const 0) (end); then its length in LEB128.
    const head = [0x01, 0x00, 0x41, 0x00, 0x0b];
    if (head.some((byte, i) => content[i] !== byte)) {
      throw new ArtifactError(where, 'its data section is not one segment at address 0', 'Compile the model again.');
    }
    let start = head.length;
    while (content[start]! >= 0x80) start++;
    this.#bytes = content.subarray(start + 1);
  }

  /** A copy of the bytes at an address. */
  bytes(address: number, length: number): Uint8Array<ArrayBuffer> {
    const copy = new Uint8Array(length);
    copy.set(this.#bytes.subarray(address, address + length));
    return copy;
  }

  i16(address: number, length: number): Int16Array {
    return new Int16Array(this.bytes(address, 2 * length).buffer);
  }

  i32(address: number, length: number): Int32Array {
    return new Int32Array(this.bytes(address, 4 * length).buffer);
  }

  f32(address: number, length: number): Float32Array {
    return new Float32Array(this.bytes(address, 4 * length).buffer);
  }
}
