/** Somebody else has the partition now: nothing that we would write counts any more. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}
