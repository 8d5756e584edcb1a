/** Thrown when simulated code uses an input of the host that does not follow from the seed. */
export class HiddenInputError extends Error {
  override readonly name = 'HiddenInputError';
  readonly what: string;

  constructor(what: string) {
    super(`A simulated run used ${what}`);
    this.what = what;
  }
}
