import { InputError } from '../../error.ts';
import type { ValueId } from '../../ir/graph.ts';
import { floatGraphBuilder, type FloatGraph } from '../../ops/float-graph.ts';
import { chooseOutput } from '../choose-output.ts';
import { mapCall, tensorsOf, type Call, type TensorReference } from './calls.ts';
import { isConfig } from './config.ts';
import { damaged, describeModel, inputShape, isModel, type LayerDescription, type ModelDescription } from './describe.ts';
import { Layer, type Scope } from './layer.ts';
import { rows } from './layers/table.ts';
import type { Step, WeightStore } from './weights.ts';

interface File {
  readonly name: string;
  /** { class_name, config } */
  readonly model: unknown;
  readonly weights: WeightStore;
  /** Of the Keras that wrote the file, its major number. */
  readonly version: number;
}

/** The graph of a Keras model, Sequential or Functional, with models inside of it. `wanted`: the output that is meant. */
export function kerasGraph({ name: file, model, weights, version }: File, wanted: string | null): FloatGraph {
  const builder = floatGraphBuilder(file);
  const scope: Scope = { builder, file, version, weights, run: runLayer };
  if (!isConfig(model)) throw damaged(file, 'its model configuration is not an object');
  const described = describeModel(model, file);
  if (described.inputs.length !== 1) {
    throw new InputError({
      where: file,
      what: `has ${described.inputs.length} inputs (${described.inputs.map(({ layer }) => layer).join(', ')}); an autoencoder has one`,
      hint: 'Save only the part of the model from its input to its reconstruction.',
    });
  }
  const shape = inputShape(described, file);
  const input = builder.input(described.inputs[0]!.layer, shape);
  const values = runModel(described, [input], [], scope);
  const outputs = described.outputs.map(({ layer }, i) => ({
    name: layer,
    value: values[i]!,
    shape: builder.type(values[i]!).shape,
  }));
  if (outputs.length === 0) throw damaged(file, 'it has no output');
  return builder.finish([chooseOutput(file, outputs, shape, wanted).value]);
}

/** Reads a layer by its row, or a model inside of a layer. */
function runLayer(layer: Layer): readonly ValueId[] {
  if (isModel(layer.kind)) {
    return runModel(
      describeModel({ class_name: layer.kind, config: layer.config }, layer.where),
      tensorsOf(layer.call),
      layer.path,
      layer.scope,
    );
  }
  const row = Object.hasOwn(rows, layer.kind) ? rows[layer.kind] : undefined;
  if (row !== undefined) return [row(layer)].flat();
  throw layer.error(
    `layers of class ${layer.kind.slice(0, 60)} are not supported`,
    'docs/operators.md lists those that are. Put layers of Keras in its place, copy the weights with set_weights, and save that.',
  );
}

interface Pending {
  readonly layer: LayerDescription;
  readonly index: number;
  readonly call: Call<TensorReference>;
}

const keyOf = (layer: string, call: number): string => `${layer}\n${call}`;

/** Gives the outputs of a model. Calls that no output needs are left out: what training alone needs may be anything. */
function runModel(model: ModelDescription, inputs: readonly ValueId[], path: readonly Step[], scope: Scope): readonly ValueId[] {
  const place = [scope.file, ...path.map(({ name }) => `model "${name}"`)].join(', ');
  const calls = callsIn(model);
  const results = new Map<string, readonly ValueId[]>();
  if (model.inputs.length !== inputs.length) {
    throw damaged(place, `takes ${model.inputs.length} inputs but is called with ${inputs.length}`);
  }
  model.inputs.forEach(({ layer, call }, i) => results.set(keyOf(layer, call), [inputs[i]!]));
  let pending = neededCalls(model, calls, new Set(results.keys()));
  while (pending.length > 0) {
    // Layers are listed in an order in which they can run, except for shared ones.
    const waiting = pending.filter((item) => !runIfReady(item, results, path, scope));
    if (waiting.length === pending.length) throw unresolved(waiting[0]!, calls, results, place);
    pending = waiting;
  }
  return model.outputs.map(({ layer, call, output }) => {
    const value = results.get(keyOf(layer, call))?.[output];
    if (value === undefined) throw damaged(place, `its output layer "${layer}" does not exist`);
    return value;
  });
}

/** Each call by its key. Those of a model inside of a model may count from 1: its making of itself was the first. */
function callsIn(model: ModelDescription): ReadonlyMap<string, Pending> {
  const references = [...model.outputs, ...model.layers.flatMap(({ calls }) => calls.flatMap(tensorsOf))];
  const last = new Map<string, number>();
  for (const { layer, call } of references) last.set(layer, Math.max(call, last.get(layer) ?? 0));
  const calls = new Map<string, Pending>();
  for (const layer of model.layers) {
    const first = isModel(layer.kind) && last.get(layer.name) === layer.calls.length ? 1 : 0;
    layer.calls.forEach((call, i) => calls.set(keyOf(layer.name, i + first), { layer, index: i + first, call }));
  }
  return calls;
}

function neededCalls(
  model: ModelDescription,
  calls: ReadonlyMap<string, Pending>,
  known: ReadonlySet<string>,
): readonly Pending[] {
  const needed = new Set<Pending>();
  const open = [...model.outputs];
  for (let reference = open.pop(); reference !== undefined; reference = open.pop()) {
    const key = keyOf(reference.layer, reference.call);
    const item = calls.get(key);
    if (item === undefined || known.has(key) || needed.has(item)) continue;
    needed.add(item);
    open.push(...tensorsOf(item.call));
  }
  return [...calls.values()].filter((item) => needed.has(item));
}

function runIfReady(
  { layer, index, call }: Pending,
  results: Map<string, readonly ValueId[]>,
  path: readonly Step[],
  scope: Scope,
): boolean {
  const valueOf = (reference: TensorReference): ValueId | undefined =>
    results.get(keyOf(reference.layer, reference.call))?.[reference.output];
  if (tensorsOf(call).some((reference) => valueOf(reference) === undefined)) return false;
  const step: Step = { name: layer.name, at: { kind: layer.kind, rank: layer.rank } };
  const values = scope.run(
    new Layer(
      layer,
      mapCall(call, (reference) => valueOf(reference)!),
      [...path, step],
      scope,
    ),
  );
  results.set(keyOf(layer.name, index), values);
  return true;
}

function unresolved(
  { layer, call }: Pending,
  calls: ReadonlyMap<string, Pending>,
  results: ReadonlyMap<string, readonly ValueId[]>,
  place: string,
): InputError {
  const references = tensorsOf(call);
  const missing = references.find(
    (reference) => !calls.has(keyOf(reference.layer, reference.call)) && !results.has(keyOf(reference.layer, reference.call)),
  );
  const where = `${place}, layer "${layer.name}" (${layer.kind})`;
  if (missing !== undefined) return damaged(where, `reads layer "${missing.layer}", which the model has not`);
  return damaged(
    where,
    `reads ${references.map((reference) => `"${reference.layer}"`).join(', ')}, which wait for it or have fewer outputs`,
  );
}
