import type { ValueId } from '../ir/graph.ts';
import { sizeOf } from '../ir/tensor.ts';
import { rankOf, reduce, reshape, shapeOf, transpose } from './compose.ts';
import type { Composer } from './composer.ts';

interface Operand {
  readonly value: ValueId;
  /** One letter per axis. */
  readonly letters: string;
}

/** A reader's product of matrices [... x m x k] and [... x k x n], which may know that one of them is trained. */
export type Product = (a: ValueId, b: ValueId) => ValueId;

/**
 * Sums of products by the letters of their axes, `abc,cde->abde`, of one or two operands. Null where there is an ellipsis, or a
 * letter twice in one operand (a diagonal).
 */
export function einsum(node: Composer, equation: string, inputs: readonly ValueId[], product: Product): ValueId | null {
  const [left = '', written] = equation.replaceAll(' ', '').split('->');
  const terms = left.split(',');
  const isPlain = terms.every((letters, i) => /^[a-zA-Z]*$/.test(letters) && letters.length === rankOf(node, inputs[i]!));
  const isDiagonal = terms.some((letters) => new Set(letters).size < letters.length);
  if (terms.length > 2 || terms.length !== inputs.length || !isPlain || isDiagonal) return null;
  const output = written ?? impliedOutput(terms.join(''));
  const [a, b] = terms.map((letters, i): Operand => ({ value: inputs[i]!, letters }));
  const result = b === undefined ? a! : multiply(node, a!, b, { output, product });
  return ordered(node, summed(node, result, output), output);
}

/** Without an arrow: the letters that occur once, in the order of the alphabet. */
const impliedOutput = (letters: string): string =>
  [...letters]
    .filter((letter) => letters.split(letter).length === 2)
    .toSorted()
    .join('');

/** Sums over the letters that nobody else has. */
function summed(node: Composer, { value, letters }: Operand, kept: string): Operand {
  const axes = [...letters].flatMap((letter, axis) => (kept.includes(letter) ? [] : [axis]));
  const folded = reduce(node, 'sum', value, axes);
  const rest = among(letters, (letter) => kept.includes(letter));
  return {
    value: reshape(
      node,
      folded,
      shapeOf(node, value).filter((_, axis) => !axes.includes(axis)),
    ),
    letters: rest,
  };
}

const ordered = (node: Composer, { value, letters }: Operand, order: string): ValueId =>
  transpose(
    node,
    value,
    [...order].map((letter) => letters.indexOf(letter)),
  );

const among = (letters: string, keep: (letter: string) => boolean): string => [...letters].filter(keep).join('');

/** One product of matrices, or one per letter that both operands and the result have. */
function multiply(
  node: Composer,
  first: Operand,
  second: Operand,
  { output, product }: { readonly output: string; readonly product: Product },
): Operand {
  const a = summed(node, first, second.letters + output);
  const b = summed(node, second, first.letters + output);
  const shared = among(a.letters, (letter) => b.letters.includes(letter));
  const batch = among(shared, (letter) => output.includes(letter));
  const inner = among(shared, (letter) => !output.includes(letter));
  const [rows, columns] = [a, b].map(({ letters }) => among(letters, (letter) => !shared.includes(letter)));
  const extentOf = (letter: string): number => {
    const { value, letters } = a.letters.includes(letter) ? a : b;
    return shapeOf(node, value)[letters.indexOf(letter)]!;
  };
  const extents = (letters: string): number[] => [...letters].map(extentOf);
  const matrix = (operand: Operand, outer: string, across: string): ValueId =>
    reshape(node, ordered(node, operand, batch + outer + across), [
      ...extents(batch),
      sizeOf(extents(outer)),
      sizeOf(extents(across)),
    ]);
  const result = product(matrix(a, rows!, inner), matrix(b, inner, columns!));
  const letters = batch + rows + columns;
  return { value: reshape(node, result, extents(letters)), letters };
}
