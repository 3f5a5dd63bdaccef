import type { ValueId } from '../../../ir/graph.ts';
import type { GraphNode } from './node.ts';
import type { Noise } from './ops/noise.ts';

export type Result = ValueId | readonly ValueId[] | Noise;

/** Reads one node: adds its ops to the graph and gives its output, or all of them. Throws an InputError for what it cannot say. */
export type Row = (node: GraphNode) => Result;

export type Rows = Readonly<Record<string, Row>>;
