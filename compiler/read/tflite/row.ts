import type { ValueId } from '../../ir/graph.ts';
import type { TfliteNode } from './node.ts';
import type { Spread } from './ops/batches.ts';

/** Reads one operator: adds its ops to the graph and gives its result, or all of them. Throws an InputError for what it cannot say. */
export type Row = (node: TfliteNode) => ValueId | Spread | readonly ValueId[];

export type Rows = Readonly<Record<string, Row>>;
