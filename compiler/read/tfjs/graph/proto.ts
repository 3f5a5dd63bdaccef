import { isConfig, type Config } from '../../keras/config.ts';

/** One node of a TensorFlow GraphDef, as TF.js writes it in JSON (tensorflow/core/framework/node_def.proto). */
export interface NodeDef {
  readonly name: string;
  readonly op: string;
  /** Tensors 'name' or 'name:1'; what begins with ^ is an order, not a tensor. */
  readonly inputs: readonly string[];
  readonly attributes: Config;
}

/** Null where the JSON is no node. */
export function nodeDefOf(value: unknown): NodeDef | null {
  if (!isConfig(value) || typeof value['name'] !== 'string' || typeof value['op'] !== 'string') return null;
  const inputs = Array.isArray(value['input']) ? value['input'].map(String) : [];
  return {
    name: value['name'],
    op: value['op'],
    inputs: inputs.filter((input) => !input.startsWith('^')),
    attributes: isConfig(value['attr']) ? value['attr'] : {},
  };
}

/** 'a:1' -> the name of the node and which of its outputs. */
export function tensorOf(input: string): readonly [node: string, output: number] {
  const match = /^(.*):(\d+)$/.exec(input);
  return match === null ? [input, 0] : [match[1]!, Number(match[2])];
}

/** Bytes come in base64, from older converters as a list of them. */
export const textOf = (value: unknown): string =>
  Array.isArray(value) ? String.fromCharCode(...value.map(Number)) : Buffer.from(String(value), 'base64').toString('latin1');

/** Whole numbers of 64 bits come as text. */
export const numberOf = (value: unknown): number =>
  typeof value === 'string' || typeof value === 'number' ? Number(value) : NaN;

/** Extents of a TensorShapeProto, -1 where one is open; null where it says nothing. */
export function shapeOf(value: unknown): readonly number[] | null {
  if (!isConfig(value) || value['unknownRank'] === true) return null;
  const dims: unknown = value['dim'] ?? [];
  return Array.isArray(dims) ? dims.map((dim) => (isConfig(dim) ? numberOf(dim['size'] ?? 0) : NaN)) : null;
}
