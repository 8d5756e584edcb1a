/** The World's randomness: the only source, so that a simulator controls every random value. */

/** Unpredictable values. `label` names their purpose. */
export interface Random {
  /** `length` (at most 4096) unpredictable bytes; `label` names the random stream from which a simulator draws. */
  bytes(label: string, length: number): Uint8Array;
  /** A random (version 4) UUID, lower case with hyphens. */
  uuid(label: string): string;
}
