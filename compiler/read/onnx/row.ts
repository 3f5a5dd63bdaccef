import type { ValueId } from '../../ir/graph.ts';
import type { FormatName } from '../../ops/number-formats.ts';
import type { OnnxNode } from './node.ts';
import type { OnnxTensor } from './tensor.ts';

/** An output that cannot be given, and why: an error only where somebody reads it. */
export interface Missing {
  readonly missing: string;
}

/** A value of the graph, a constant, or none; with a format of its own where it is not that of the first input. */
export type Output = ValueId | OnnxTensor | Missing | Formatted | Noise;

/** A value that goes into a turn of a loop or comes out of it. */
export type Carried = ValueId | OnnxTensor;

/** Random values: of deviation 1, or of a computed one. */
export interface Noise {
  readonly noise: ValueId | null;
}

export interface Formatted {
  readonly value: ValueId;
  readonly format: FormatName;
}

/** Reads one operator: adds its ops to the graph and gives its output, or all of them. Throws an InputError for what it cannot say. */
export type Row = (node: OnnxNode) => Output | readonly Output[];

export type Rows = Readonly<Record<string, Row>>;
