/** The World's randomness: the only source of it, so that a simulator can decide what comes. */

/** Unpredictable values. `label` says what they are for. */
export interface Random {
  /** `length` (at most 4096) unpredictable bytes; `label` names the stream a simulator draws from. */
  bytes(label: string, length: number): Uint8Array;
  /** A random (version 4) UUID, lower case with hyphens. */
  uuid(label: string): string;
}
