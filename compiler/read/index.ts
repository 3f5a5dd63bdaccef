import { InputError } from '../error.ts';
import type { FloatGraph } from '../ops/float-graph.ts';
import { joinModels } from './join.ts';
import type { Source } from './source.ts';

interface Format {
  /** By content, never by file name. */
  recognise(bytes: Uint8Array): boolean;
  /** A reader loads when its format was recognised: a TFLite model never loads the HDF5 library. */
  load(): Promise<(source: Source) => Promise<FloatGraph>>;
}

const startsWith = (bytes: Uint8Array, text: string, at = 0): boolean =>
  [...text].every((character, i) => bytes[at + i] === character.charCodeAt(0));

/** In the order of how sure the recognition is: ONNX has no magic number, so it comes last. */
const formats = {
  keras: {
    recognise: (bytes) => startsWith(bytes, '\x89HDF\r\n\x1a\n') || startsWith(bytes, 'PK\x03\x04'),
    load: async () => (await import('./keras/read.ts')).readKeras,
  },
  tflite: {
    recognise: (bytes) => startsWith(bytes, 'TFL3', 4),
    load: async () => (await import('./tflite/read.ts')).readTflite,
  },
  tfjs: {
    recognise: (bytes) => /^\s*\{/.test(String.fromCharCode(...bytes.subarray(0, 64))),
    load: async () => (await import('./tfjs/read.ts')).readTfjs,
  },
  onnx: {
    // A ModelProto starts with field 1 (ir_version, varint) or, from some exporters, another of its low fields.
    recognise: (bytes) => bytes.length > 0 && bytes[0]! >= 0x08 && bytes[0]! <= 0x7a && bytes.includes(0x3a),
    load: async () => (await import('./onnx/read.ts')).readOnnx,
  },
} satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;

/** Reads a trained model of any supported format. Throws an InputError that names the layer or byte at fault. */
export async function readModel(source: Source): Promise<{ readonly graph: FloatGraph; readonly format: FormatName }> {
  const found = Object.entries(formats).find(([, format]) => format.recognise(source.bytes));
  if (found === undefined) {
    const content =
      source.bytes.length === 0
        ? 'the file is empty'
        : 'its content is none of Keras .keras and .h5, TFLite, TF.js model.json, ONNX';
    throw new InputError({
      where: source.name,
      what: `is not a model that can be read: ${content}`,
      hint: 'Give the file that the training framework exported: .keras, .h5, .tflite, model.json or .onnx.',
    });
  }
  const [name, format] = found;
  const read = await format.load();
  return { graph: await read(source), format: name as FormatName };
}

/** Reads an autoencoder from one file, or from two: its encoder and its decoder. */
export async function readAutoencoder(
  model: Source,
  decoder: Source | null,
): Promise<{ readonly graph: FloatGraph; readonly format: FormatName }> {
  const read = await readModel(model);
  if (decoder === null) return read;
  const { graph } = await readModel(decoder);
  return { graph: joinModels({ name: model.name, graph: read.graph }, { name: decoder.name, graph }), format: read.format };
}
