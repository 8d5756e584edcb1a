/** Unpredictable bytes and UUIDs from the system's generator. Only the simulator uses the labels of streams. */
import { assert } from '../base/assert.ts';
import type { Random } from '../port/random.ts';

type Crypto = typeof import('node:crypto');

/** Most bytes of one call. */
const RANDOM_BYTES_MAX = 4096;

// Loaded at first use: loading takes milliseconds, and many applications never need random values.
let loaded: Crypto | undefined;

export function createRandom(): Random {
  return { bytes, uuid };
}

function bytes(_label: string, length: number): Uint8Array {
  assert(
    Number.isInteger(length) && length >= 0 && length <= RANDOM_BYTES_MAX,
    'random: a length is an integer from 0 to 4096',
  );
  return crypto().randomFillSync(new Uint8Array(length));
}

function uuid(_label: string): string {
  return crypto().randomUUID();
}

/** Node's generator. */
export function crypto(): Crypto {
  loaded ??= process.getBuiltinModule('node:crypto');
  return loaded;
}
