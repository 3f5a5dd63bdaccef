import { isConfig } from './config.ts';

/** A tensor of a model: an output of a call of a layer. */
export interface TensorReference {
  readonly layer: string;
  /** A layer that is shared is called several times. */
  readonly call: number;
  /** Which of its outputs. */
  readonly output: number;
}

/** What a layer is called with. */
export type Argument<T> = { readonly tensor: T } | { readonly list: readonly Argument<T>[] } | { readonly plain: unknown };

export interface Call<T> {
  readonly positional: readonly Argument<T>[];
  readonly named: ReadonlyMap<string, Argument<T>>;
}

/**
 * The calls in `inbound_nodes`. Keras 1 and 2 write each as a list of ["dense", call, output, { keywords }] in any nesting,
 * Keras 3 as { args, kwargs } with { class_name: '__keras_tensor__', config: { keras_history: ["dense", call, output] } }.
 */
export function callsOf(inbound: unknown): Call<TensorReference>[] {
  if (!Array.isArray(inbound)) return [];
  return inbound.map((node: unknown) => {
    if (!isConfig(node)) return oldCall(node);
    const { args, kwargs } = node;
    return { positional: Array.isArray(args) ? args.map(newArgument) : [], named: namedArguments(kwargs, newArgument) };
  });
}

function namedArguments(
  keywords: unknown,
  read: (value: unknown) => Argument<TensorReference>,
): ReadonlyMap<string, Argument<TensorReference>> {
  return new Map(isConfig(keywords) ? Object.entries(keywords).map(([name, value]) => [name, read(value)]) : []);
}

function oldCall(node: unknown): Call<TensorReference> {
  const entries = entriesIn(node);
  const keywords = Object.assign({}, ...entries.map((entry) => (isConfig(entry[3]) ? entry[3] : {})));
  return { positional: entries.map(oldArgument), named: namedArguments(keywords, oldArgument) };
}

const entriesIn = (value: unknown): (readonly unknown[])[] => {
  if (!Array.isArray(value)) return [];
  return typeof value[0] === 'string' ? [value] : value.flatMap(entriesIn);
};

function oldArgument(value: unknown): Argument<TensorReference> {
  if (!Array.isArray(value)) return { plain: value };
  if (value[0] === '_CONSTANT_VALUE') return { plain: value[2] };
  const tensor = referenceOf(value);
  return tensor === null ? { list: value.map(oldArgument) } : { tensor };
}

function newArgument(value: unknown): Argument<TensorReference> {
  if (Array.isArray(value)) return { list: value.map(newArgument) };
  if (!isConfig(value)) return { plain: value };
  const config = isConfig(value['config']) ? value['config'] : {};
  switch (value['class_name']) {
    case '__keras_tensor__': {
      const tensor = referenceOf(config['keras_history']);
      return tensor === null ? { plain: value } : { tensor };
    }
    case '__tuple__':
      return { list: Array.isArray(value['items']) ? value['items'].map(newArgument) : [] };
    case '__tensor__':
    case '__numpy__':
      return { plain: config['value'] };
    default:
      return { plain: value };
  }
}

function referenceOf(value: unknown): TensorReference | null {
  if (!Array.isArray(value)) return null;
  const [layer, call, output]: readonly unknown[] = value;
  return typeof layer === 'string' && typeof call === 'number' && typeof output === 'number' ? { layer, call, output } : null;
}

/** The references in `input_layers` and `output_layers`: one, a list of them, or an object of them. */
export function referencesIn(value: unknown): TensorReference[] {
  const reference = referenceOf(value);
  if (reference !== null) return [reference];
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  return isConfig(value) ? Object.values(value).flatMap(referencesIn) : [];
}

/** All tensors in an argument, in their order. */
export function tensorsIn<T>(argument: Argument<T>): readonly T[] {
  if ('tensor' in argument) return [argument.tensor];
  return 'list' in argument ? argument.list.flatMap(tensorsIn) : [];
}

/** All tensors of a call: those by position, then those by name. */
export const tensorsOf = <T>({ positional, named }: Call<T>): readonly T[] =>
  [...positional, ...named.values()].flatMap(tensorsIn);

/** The same call with other tensors. */
export const mapCall = <T, U>({ positional, named }: Call<T>, map: (tensor: T) => U): Call<U> => ({
  positional: positional.map((argument) => mapArgument(argument, map)),
  named: new Map([...named].map(([name, argument]) => [name, mapArgument(argument, map)])),
});

function mapArgument<T, U>(argument: Argument<T>, map: (tensor: T) => U): Argument<U> {
  if ('tensor' in argument) return { tensor: map(argument.tensor) };
  return 'list' in argument ? { list: argument.list.map((item) => mapArgument(item, map)) } : argument;
}
