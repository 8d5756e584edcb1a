/** Thrown at simulated code that reaches for something that is not in the seed. */
export class HiddenInputError extends Error {
  override readonly name = 'HiddenInputError';
  readonly what: string;

  constructor(what: string) {
    super(`A simulated run used ${what}`);
    this.what = what;
  }
}
