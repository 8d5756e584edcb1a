/** A cursor over tokens, with the small steps from which the parser builds every grammar rule. */
import { type Token, TsdlError } from './lexer.ts';

/** The right side of `=`. A path is a list of words: `clock.monotonic.value`. */
export type AttributeValue = string | bigint | readonly string[];

export class TokenStream {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(ahead = 0): Token {
    const last = this.#tokens.length - 1;
    return this.#tokens[Math.min(this.#at + ahead, last)] as Token;
  }

  next(): Token {
    const token = this.peek();
    this.#at++;
    return token;
  }

  /** Whether the next token is this word or mark. */
  sees(text: string): boolean {
    const token = this.peek();
    return (token.kind === 'word' || token.kind === 'mark') && token.text === text;
  }

  /** Takes the next token if it is this word or mark. */
  takes(text: string): boolean {
    const found = this.sees(text);
    if (found) this.#at++;
    return found;
  }

  expect(text: string): void {
    if (!this.takes(text)) this.fail(`'${text}' is missing`);
  }

  word(what: string): string {
    if (this.peek().kind !== 'word') this.fail(`${what} is missing`);
    return this.next().text;
  }

  /** A number with an optional sign. */
  number(what: string): bigint {
    const negative = this.takes('-');
    if (!negative) this.takes('+');
    if (this.peek().kind !== 'number') this.fail(`${what} is not a number`);
    const { value } = this.next();
    return negative ? -value : value;
  }

  /** Words between dots, e.g. `stream.event.header.id`. */
  path(what: string): string[] {
    const words = [this.word(what)];
    while (this.takes('.') || this.takes('->')) words.push(this.word(what));
    return words;
  }

  value(what: string): AttributeValue {
    const token = this.peek();
    if (token.kind === 'text') return this.next().text;
    if (token.kind === 'word') return this.path(what);
    return this.number(what);
  }

  fail(problem: string): never {
    throw new TsdlError(problem, this.peek().offset);
  }
}
