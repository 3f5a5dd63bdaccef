import { InputError } from '../../error.ts';
import type { Table } from './table.ts';

type Getter = (view: DataView, at: number, little: boolean) => number;

/** numpy type code -> bytes and reader. */
const types: Readonly<Record<string, readonly [number, Getter]>> = {
  f4: [4, (view, at, little) => view.getFloat32(at, little)],
  f8: [8, (view, at, little) => view.getFloat64(at, little)],
  i1: [1, (view, at) => view.getInt8(at)],
  u1: [1, (view, at) => view.getUint8(at)],
  i2: [2, (view, at, little) => view.getInt16(at, little)],
  u2: [2, (view, at, little) => view.getUint16(at, little)],
  i4: [4, (view, at, little) => view.getInt32(at, little)],
  u4: [4, (view, at, little) => view.getUint32(at, little)],
  i8: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  u8: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
};

/** One NumPy array, format versions 1 to 3 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). */
export function readNpy(name: string, bytes: Uint8Array): Table {
  const { header, start } = readHeader(name, bytes);
  const descr = /'descr':\s*'([<>|=]?)(\w+)'/.exec(header);
  const shapeText = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (descr === null || shapeText === undefined) {
    throw bad(
      name,
      'is not an array of numbers: its header has no plain dtype and shape',
      'Save a float32 array with numpy.save.',
    );
  }
  const type = types[descr[2]!];
  if (type === undefined)
    throw bad(
      name,
      `has dtype ${descr[2]}; expected one of ${Object.keys(types).join(', ')}`,
      'Convert it with .astype("float32").',
    );
  const shape = shapeText
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const size = shape.reduce((product, extent) => product * extent, 1);
  const [width, get] = type;
  if (!Number.isSafeInteger(size) || bytes.length - start !== size * width) {
    throw bad(
      name,
      `shape (${shape.join(', ')}) of ${descr[2]} needs ${size * width} bytes of data, found ${bytes.length - start}`,
      'The file looks truncated: copy it again.',
    );
  }
  if (size === 0) throw bad(name, `has shape (${shape.join(', ')}): no values`, 'Save an array of at least one window.');
  const view = new DataView(bytes.buffer, bytes.byteOffset + start);
  const data = new Float32Array(size);
  for (let i = 0; i < size; i++) data[i] = get(view, i * width, descr[1] !== '>');
  return {
    data: /'fortran_order':\s*True/.test(header) ? toRowMajor(data, shape) : data,
    columns: shape.length < 2 ? null : size / shape[0]!,
    names: null,
    beside: new Map(),
    rowName: (row) => (shape.length < 2 ? `value ${row} (counted from 0)` : `row ${row} (counted from 0)`),
  };
}

/** From Fortran order, in which the first index runs fastest: pandas gives such arrays. */
function toRowMajor(data: Float32Array, shape: readonly number[]): Float32Array {
  const result = new Float32Array(data.length);
  const index = shape.map(() => 0);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));
  for (let i = 0, to = 0; i < data.length; i++) {
    result[to] = data[i]!;
    for (let axis = 0; axis < shape.length; axis++) {
      to += strides[axis]!;
      index[axis] = index[axis]! + 1;
      if (index[axis] !== shape[axis]) break;
      to -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

function readHeader(name: string, bytes: Uint8Array): { readonly header: string; readonly start: number } {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (bytes.length < 12 || magic.some((byte, i) => bytes[i] !== byte))
    throw bad(name, 'is not a .npy file', 'Save the array with numpy.save.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const lengthBytes = bytes[6] === 1 ? 2 : 4;
  const length = lengthBytes === 2 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = 8 + lengthBytes + length;
  if (start > bytes.length)
    throw bad(
      name,
      `its header of ${length} bytes runs past the end at ${bytes.length}`,
      'The file looks truncated: copy it again.',
    );
  return { header: new TextDecoder('latin1').decode(bytes.subarray(8 + lengthBytes, start)), start };
}

const bad = (where: string, what: string, hint: string): InputError => new InputError({ where, what, hint });
