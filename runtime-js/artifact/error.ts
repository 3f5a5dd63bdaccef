/** An artifact that cannot be used: a place, a fact and a way out, as the compiler's InputError. */
export class ArtifactError extends Error {
  readonly where: string;
  readonly what: string;
  readonly hint: string;

  constructor(where: string, what: string, hint: string, options?: ErrorOptions) {
    super(`${where}: ${what}\n  ${hint}`, options);
    this.name = 'ArtifactError';
    this.where = where;
    this.what = what;
    this.hint = hint;
  }
}
