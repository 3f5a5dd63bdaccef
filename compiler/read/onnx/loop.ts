import type { ValueId } from '../../ir/graph.ts';
import { floatGraphBuilder } from '../../ops/float-graph.ts';
import type { Source } from '../source.ts';
import { concat, reshape, shapeOf } from '../compose.ts';
import { matchLstm, type Lstm } from './lstm.ts';
import { OnnxNode } from './node.ts';
import type { Scope } from './scope.ts';
import type { Carried, Output } from './row.ts';
import type { GraphProto } from './schema.ts';
import { readTensor, type OnnxTensor } from './tensor.ts';

/** Reads the nodes of a graph into a scope: passed in, as nodes of a graph can be loops. */
export type ReadNodes = (source: Source, graph: GraphProto, scope: Scope) => Promise<void>;

/** What one turn gives: whether there is another, what it hands on, and what is collected. */
interface Turn {
  readonly goesOn: boolean;
  readonly carried: readonly Carried[];
  readonly collected: readonly ValueId[];
}

const mostTurns = 1024;

/**
 * A Loop whose number of turns is known while reading (https://onnx.ai/onnx/operators/onnx__Loop.html): an LSTM that an
 * exporter wrote out becomes one recurrent layer, any other is unrolled.
 */
export async function readLoop(source: Source, node: OnnxNode, readNodes: ReadNodes): Promise<readonly Output[]> {
  const body = node.attribute('body')?.g;
  if (body === null || body === undefined) throw node.error('has no body', 'The file looks damaged: export the model again.');
  const loop = new Loop((scope) => readNodes(source, body, scope), node, body, await constantsOf(source, body));
  const lstm = await loop.asLstm();
  return lstm === null ? loop.unroll() : lstm;
}

async function constantsOf(source: Source, body: GraphProto): Promise<ReadonlyMap<string, OnnxTensor>> {
  const constants = new Map<string, OnnxTensor>();
  for (const tensor of body.initializer) constants.set(tensor.name, await readTensor(source, tensor));
  return constants;
}

class Loop {
  readonly #readBody: (scope: Scope) => Promise<void>;
  readonly #node: OnnxNode;
  readonly #body: GraphProto;
  readonly #constants: ReadonlyMap<string, OnnxTensor>;
  /** Names of the values that go round: inputs of the body behind the turn's number and the condition. */
  readonly #names: readonly string[];

  constructor(
    readBody: (scope: Scope) => Promise<void>,
    node: OnnxNode,
    body: GraphProto,
    constants: ReadonlyMap<string, OnnxTensor>,
  ) {
    this.#readBody = readBody;
    this.#node = node;
    this.#body = body;
    this.#constants = constants;
    this.#names = body.input.slice(2).map(({ name }) => name);
  }

  async unroll(): Promise<Output[]> {
    const { scope } = this.#node;
    let carried = this.#names.map((_, i) => this.#initial(i));
    const collected: ValueId[][] = [];
    const limit = this.#limit();
    for (let turn = 0; turn < limit; turn++) {
      if (turn === mostTurns) throw this.#node.refuse(`a loop of more than ${mostTurns} turns`);
      const done = await this.#turn(scope, turn, carried);
      carried = [...done.carried];
      done.collected.forEach((value, i) => (collected[i] ??= []).push(this.#withTurn(value)));
      if (!done.goesOn) break;
    }
    return [
      ...carried.map((value, i) => this.#formatted(value, i)),
      ...collected.map((values) => asFloat(concat(this.#node, 0, values))),
    ];
  }

  /** The loop as one recurrent layer; null if it is something else. */
  async asLstm(): Promise<Output[] | null> {
    const scratch = this.#scratch();
    const turns: Turn[] = [];
    let carried = this.#names.map((_, i) => this.#scratchInitial(scratch, i));
    const states = carried;
    for (let turn = 0; turn < Math.min(this.#limit(), mostTurns); turn++) {
      const done = await this.#turn(scratch, turn, carried);
      turns.push(done);
      // States begin each turn as inputs, so that every turn looks the same; counters go on.
      carried = done.carried.map((value, i) => (typeof states[i] === 'number' && !this.#isPassed(i) ? states[i] : value));
      if (!done.goesOn) break;
    }
    const graph = scratch.builder.finish([]);
    const found = turns.map((turn, at) => matchLstm(graph, states, turn, at));
    const [first] = found;
    const whole = first !== undefined && found.every((lstm) => lstm !== null && lstm.sequence === first!.sequence);
    if (!whole || first === null) return null;
    const name = [...scratch.values].find(([, id]) => id === first.sequence)?.[0];
    return name === undefined ? null : this.#emit(first, name, turns.length);
  }

  #emit(lstm: Lstm, sequence: string, steps: number): Output[] | null {
    const { builder, values } = this.#node.scope;
    const x = values.get(sequence);
    if (x === undefined || shapeOf(this.#node, x)[0] !== steps) return null;
    const [, n, depth] = shapeOf(this.#node, x);
    const hidden = lstm.u.shape[1]!;
    const constant = (key: string, shape: readonly number[], data: Float32Array): ValueId =>
      builder.constant(`${this.#node.name}/${key}`, { shape, data });
    const state = (index: number): ValueId => reshape(this.#node, this.#value(this.#initial(index)), [n!, hidden]);
    const rows = lstm.bias.length;
    const operands = [
      this.#node.emit({ kind: 'transpose', permutation: [1, 0, 2] }, [reshape(this.#node, x, [steps, n!, depth!])]),
      constant('w', lstm.w.shape, lstm.w.data),
      constant('u', lstm.u.shape, lstm.u.data),
      constant('bias', [rows], lstm.bias),
      constant('no bias', [rows], new Float32Array(rows)),
      state(lstm.hiddenAt),
      state(lstm.cellAt),
      constant('no peepholes', [3 * hidden], new Float32Array(3 * hidden)),
    ];
    const { gateActivation, activation, outputActivation } = lstm;
    const functions = { gateActivation, activation, outputActivation };
    const run = (output: 'sequence' | 'hidden' | 'cell'): ValueId =>
      this.#node.emit({ kind: 'recurrent', cell: 'lstm', reverse: false, output, ...functions, resetAfter: false }, operands);
    const carried = this.#names.map((_, i): Output => {
      if (i === lstm.hiddenAt) return asFloat(run('hidden'));
      if (i === lstm.cellAt) return asFloat(run('cell'));
      return this.#isPassed(i) ? this.#formatted(this.#initial(i), i) : { missing: 'a counter of a loop, which is not computed' };
    });
    const all = (): ValueId => this.#node.emit({ kind: 'transpose', permutation: [1, 0, 2] }, [run('sequence')]);
    return [...carried, ...lstm.collected.map(() => asFloat(all()))];
  }

  /** Reads the body once. */
  async #turn(outer: Scope, turn: number, carried: readonly Carried[]): Promise<Turn> {
    const scope: Scope = {
      ...outer,
      values: new Map(outer.values),
      constants: new Map([...outer.constants, ...this.#constants]),
      missing: new Map(outer.missing),
      formats: new Map([...outer.formats, ...[...this.#constants].map(([name, { format }]) => [name, format] as const)]),
    };
    const [number, condition] = this.#body.input;
    bind(scope, number?.name ?? '', { format: 'int64', shape: [], values: Float64Array.of(turn) });
    bind(scope, condition?.name ?? '', { format: 'bool', shape: [], values: Float64Array.of(1) });
    this.#names.forEach((name, i) => bind(scope, name, carried[i]!));
    await this.#readBody(scope);
    const [again, ...results] = this.#body.output.map(({ name }) => this.#found(scope, name));
    const known = typeof again === 'number' ? scope.builder.constantOf(again)?.data[0] : again!.values[0];
    if (known === undefined) {
      throw this.#node.error(
        'goes on as long as a computed condition holds',
        'Export the model with a fixed number of steps: such a loop cannot be unrolled.',
      );
    }
    return {
      goesOn: known !== 0,
      carried: results.slice(0, this.#names.length),
      collected: results.slice(this.#names.length).map((value) => (typeof value === 'number' ? value : this.#value(value))),
    };
  }

  #found(scope: Scope, name: string): Carried {
    const found = scope.values.get(name) ?? scope.constants.get(name);
    if (found !== undefined) return found;
    throw this.#node.error(`its body defines no "${name}"`, 'The file looks damaged: export the model again.');
  }

  #limit(): number {
    const most = this.#node.has(0) ? this.#node.constant(0).values[0]! : Infinity;
    if (this.#node.has(1) && this.#node.constant(1).values[0] === 0) return 0;
    return most;
  }

  /** What goes into the first turn, as the node is given it. */
  #initial(index: number): Carried {
    const at = index + 2;
    return this.#node.isConstant(at) ? this.#node.constant(at) : this.#node.input(at);
  }

  /** Whether a value goes round unchanged: exporters hand weights on this way. */
  #isPassed(index: number): boolean {
    return this.#body.output[index + 1]?.name === this.#names[index];
  }

  /** A carried value has the format in which it came. */
  #formatted(value: Carried, index: number): Output {
    return typeof value === 'number' ? { value, format: this.#node.format(index + 2) } : value;
  }

  #value(carried: Carried): ValueId {
    if (typeof carried === 'number') return carried;
    return this.#node.addConstant(`${this.#node.name}/carried`, carried.shape, Float32Array.from(carried.values));
  }

  #withTurn(value: ValueId): ValueId {
    return reshape(this.#node, value, [1, ...shapeOf(this.#node, value)]);
  }

  /** A scope with a graph of its own, in which computed values from outside are inputs. */
  #scratch(): Scope {
    const { scope } = this.#node;
    const builder = floatGraphBuilder(scope.file);
    const values = new Map<string, ValueId>();
    const constants = new Map(scope.constants);
    for (const name of new Set(this.#body.node.flatMap(({ input }) => input))) {
      const outer = scope.values.get(name);
      if (outer === undefined) continue;
      const known = scope.builder.constantOf(outer);
      if (known === undefined) values.set(name, builder.input(name, scope.builder.type(outer).shape));
      else
        constants.set(name, {
          format: scope.formats.get(name) ?? 'float32',
          shape: known.shape,
          values: Float64Array.from(known.data),
        });
    }
    return { ...scope, builder, values, constants };
  }

  /** States, which are floats and change, are inputs; all else is what it is. */
  #scratchInitial(scratch: Scope, index: number): Carried {
    const initial = this.#initial(index);
    const shape = typeof initial === 'number' ? this.#node.scope.builder.type(initial).shape : initial.shape;
    const isState = !this.#isPassed(index) && shape.length > 0;
    if (typeof initial === 'number' || isState) return scratch.builder.input(this.#names[index]!, shape);
    return initial;
  }
}

const asFloat = (value: ValueId): Output => ({ value, format: 'float32' });

function bind(scope: Scope, name: string, value: Carried): void {
  for (const table of [scope.values, scope.constants, scope.missing]) table.delete(name);
  if (typeof value === 'number') scope.values.set(name, value);
  else {
    scope.constants.set(name, value);
    scope.formats.set(name, value.format);
  }
}
