import { ByteBuffer } from 'flatbuffers';
import { fields } from '../../../compiler/read/tflite/schema.ts';

/**
 * A copy of a TFLite model whose activations have a fixed batch: LiteRT.js cannot resize an open one. The first extent of
 * every tensor without data becomes `batch`, in place; signatures of open extents stay as they are.
 */
export function withBatch(model: Uint8Array, batch: number): Uint8Array {
  const bytes = model.slice();
  const buffer = new ByteBuffer(bytes);
  const root = buffer.readInt32(0);
  const dataSizes = tables(buffer, root, fields.Model.buffers).map((table) =>
    vectorLength(buffer, table, fields.Buffer.data),
  );
  const [graph] = tables(buffer, root, fields.Model.subgraphs);
  for (const tensor of tables(buffer, graph!, fields.SubGraph.tensors)) {
    const at = field(buffer, tensor, fields.Tensor.buffer);
    const data = at === 0 ? 0 : buffer.readUint32(at);
    const shape = field(buffer, tensor, fields.Tensor.shape);
    if (dataSizes[data] === 0 && shape !== 0) buffer.writeInt32(buffer.__vector(shape), batch);
  }
  return bytes;
}

/** Position of a table's field, 0 where it has its default. */
function field(buffer: ByteBuffer, table: number, slot: number): number {
  const offset = buffer.__offset(table, 4 + 2 * slot);
  return offset === 0 ? 0 : table + offset;
}

function vectorLength(buffer: ByteBuffer, table: number, slot: number): number {
  const at = field(buffer, table, slot);
  return at === 0 ? 0 : buffer.__vector_len(at);
}

function tables(buffer: ByteBuffer, table: number, slot: number): number[] {
  const at = field(buffer, table, slot);
  const length = vectorLength(buffer, table, slot);
  return Array.from({ length }, (_, i) => buffer.__indirect(buffer.__vector(at) + 4 * i));
}
