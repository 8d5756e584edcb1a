/** The names of a simulated network, and a resolver that may be late or silent. */
import type { OsErrorCode } from '../../../src/port/os-error.ts';
import { familyOf } from './addresses.ts';

/** How long a resolver that gets no answer asks: twice five seconds, as glibc does. */
const SILENCE_MS = 10_000;
const OWN_NAMES: Readonly<Record<string, readonly string[]>> = {
  localhost: ['127.0.0.1', '::1'],
};

interface LookUp {
  readonly found: readonly string[] | OsErrorCode;
  /** How long the answer takes. */
  readonly afterMs: number;
}

export class Names {
  readonly #addresses = new Map<string, readonly string[]>();
  /** Answers about names of the network come so much later. */
  delayMs = 0;
  /** The server of names answers nothing. */
  isSilent = false;

  /** Gives the name these addresses, in this order; none: the name does not exist. */
  set(name: string, addresses: readonly string[]): void {
    this.#addresses.set(name.toLowerCase(), addresses);
  }

  /** A host knows numeric addresses and its own names without asking. */
  lookUp(name: string): LookUp {
    if (familyOf(name) !== undefined) return { found: [name], afterMs: 0 };
    const key = name.toLowerCase();
    const own = Object.hasOwn(OWN_NAMES, key) ? OWN_NAMES[key] : undefined;
    if (own !== undefined) return { found: own, afterMs: 0 };
    if (this.isSilent) return { found: 'EAI_AGAIN', afterMs: SILENCE_MS };
    const addresses = this.#addresses.get(key) ?? [];
    return { found: addresses.length === 0 ? 'ENOTFOUND' : addresses, afterMs: this.delayMs };
  }
}
