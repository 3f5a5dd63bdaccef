import { ByteBuffer } from 'flatbuffers';
import { fields } from '../../../compiler/read/tflite/schema.ts';

/**
 * A copy of a TFLite model whose activations have a fixed batch: LiteRT.js cannot resize an open one. The first extent of
 * every tensor without data becomes `batch`, in place; signatures of open extents stay as they are.
 */
export function withBatch(model: Uint8Array, batch: number): Uint8Array {
  // Not slice(): that of a Node Buffer is a view, and the caller's model would change.
  const bytes = new Uint8Array(model);
  const buffer = new ByteBuffer(bytes);
  const root = buffer.readInt32(0);
  const dataSizes = tables(buffer, root, fields.Model.buffers).map((table) => vectorLength(buffer, table, fields.Buffer.data));
  const [graph] = tables(buffer, root, fields.Model.subgraphs);
  for (const tensor of tables(buffer, graph!, fields.SubGraph.tensors)) {
    const at = field(buffer, tensor, fields.Tensor.buffer);
    const data = at === 0 ? 0 : buffer.readUint32(at);
    const shape = field(buffer, tensor, fields.Tensor.shape);
    if (dataSizes[data] === 0 && shape !== 0) buffer.writeInt32(vectorStart(buffer, shape), batch);
  }
  return bytes;
}

/** Position of a table's field, 0 where it has its default (https://flatbuffers.dev/internals/#tables). */
function field(buffer: ByteBuffer, table: number, slot: number): number {
  const vtable = table - buffer.readInt32(table);
  const entry = 4 + 2 * slot;
  const offset = entry < buffer.readUint16(vtable) ? buffer.readUint16(vtable + entry) : 0;
  return offset === 0 ? 0 : table + offset;
}

const follow = (buffer: ByteBuffer, at: number): number => at + buffer.readInt32(at);

/** A vector is its length, then its elements. */
const vectorStart = (buffer: ByteBuffer, at: number): number => follow(buffer, at) + 4;

function vectorLength(buffer: ByteBuffer, table: number, slot: number): number {
  const at = field(buffer, table, slot);
  return at === 0 ? 0 : buffer.readInt32(follow(buffer, at));
}

function tables(buffer: ByteBuffer, table: number, slot: number): number[] {
  const first = vectorStart(buffer, field(buffer, table, slot));
  return Array.from({ length: vectorLength(buffer, table, slot) }, (_, i) => follow(buffer, first + 4 * i));
}
