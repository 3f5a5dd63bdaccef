import type { ValueId } from '../../ir/graph.ts';
import type { Layer } from './layer.ts';

/** A layer's output, or all of them. */
export type Result = ValueId | readonly ValueId[];

/** Reads one call of a layer: adds its ops to the graph. Throws an InputError for what it cannot say. */
export type Row = (layer: Layer) => Result;

export type Rows = Readonly<Record<string, Row>>;
