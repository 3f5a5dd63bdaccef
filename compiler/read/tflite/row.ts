import type { ValueId } from '../../ir/graph.ts';
import type { TfliteNode } from './node.ts';
import type { Spread } from './ops/batches.ts';
import type { Noise } from './ops/noise.ts';

export type Result = ValueId | Spread | Noise | readonly ValueId[];

/** Reads one operator: adds its ops to the graph and gives its result, or all of them. Throws an InputError for what it cannot say. */
export type Row = (node: TfliteNode) => Result;

export type Rows = Readonly<Record<string, Row>>;
