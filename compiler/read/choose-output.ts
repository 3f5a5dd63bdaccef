import { InputError } from '../error.ts';
import { formatShape, sizeOf, type Shape } from '../ir/tensor.ts';
import { nearest } from '../nearest.ts';

interface Named {
  readonly name: string;
  readonly shape: Shape;
}

/**
 * Which of a model's outputs is meant: the one that the user names, or the only one, or the only one as large as the input (a
 * variational autoencoder gives its mean and variance beside the reconstruction), or the only one that is called a mean (its
 * encoder). Throws an InputError that lists them where that is not clear.
 */
export function chooseOutput<T extends Named>(file: string, outputs: readonly T[], input: Shape, wanted: string | null): T {
  const names = outputs.map(({ name, shape }) => `${name} ${formatShape(shape)}`).join(', ');
  if (wanted !== null) {
    const named = outputs.find(({ name }) => name === wanted);
    if (named !== undefined) return named;
    const near = nearest(
      wanted,
      outputs.map(({ name }) => name),
    );
    throw new InputError({
      where: file,
      what: `has no output "${wanted}"; it has ${names}`,
      hint: near === null ? 'Name one of these.' : `Did you mean "${near}"?`,
    });
  }
  const asLarge = outputs.filter(({ shape }) => sizeOf(shape) === sizeOf(input));
  const means = outputs.filter(({ name }) => /mean|(^|[^a-z])mu([^a-z]|$)/i.test(name));
  for (const candidates of [outputs, asLarge, means]) if (candidates.length === 1) return candidates[0]!;
  throw new InputError({
    where: file,
    what: `has ${outputs.length} outputs (${names}); which one is meant is not clear`,
    hint: 'Name it: --reconstruction <name>, or --code <name> of an encoder in a file of its own.',
  });
}
