/**
 * Integers as filters compute with them: 64 bits, two's complement, as in LTTng. Unsigned fields from 2^63 on are
 * therefore negative. A value that a double holds exactly is a number, every other one is a bigint: so each value has
 * one form, and mostly the fast one.
 */

export type Integer = number | bigint;

/** The low 64 bits. */
export function integer64(value: bigint): Integer {
  const wrapped = BigInt.asIntN(64, value);
  const number = Number(wrapped);
  return Number.isSafeInteger(number) ? number : wrapped;
}

/** What an event records of a value in a field of 64 bits. */
export function recordedWide(value: unknown): Integer {
  if (typeof value === 'bigint') return integer64(value);
  if (typeof value !== 'number') return 0;
  if (Number.isSafeInteger(value)) return value;
  return Number.isFinite(value) ? integer64(BigInt(Math.trunc(value))) : 0;
}

/** What an event records of a value in a narrower field. */
export function narrowing(bits: 8 | 16 | 32, signed: boolean): (value: number) => number {
  if (bits === 32) return signed ? (value) => value | 0 : (value) => value >>> 0;
  const unused = 32 - bits;
  return signed ? (value) => (value << unused) >> unused : (value) => (value << unused) >>> unused;
}

export function negated(value: Integer): Integer {
  return typeof value === 'number' ? 0 - value : integer64(-value);
}

export function inverted(value: Integer): Integer {
  return typeof value === 'number' ? -1 - value : integer64(~value);
}

export type BitOperator = '&' | '|' | '^' | '<<' | '>>';

/** Undefined for a shift by less than 0 or more than 63 bits. The right shift fills with 0, as in LTTng. */
export function bitwise(operator: BitOperator, left: Integer, right: Integer): Integer | undefined {
  const isSmall = isInt32(left) && isInt32(right);
  switch (operator) {
    case '&':
      return isSmall ? left & right : integer64(BigInt(left) & BigInt(right));
    case '|':
      return isSmall ? left | right : integer64(BigInt(left) | BigInt(right));
    case '^':
      return isSmall ? left ^ right : integer64(BigInt(left) ^ BigInt(right));
    default:
      if (right < 0 || right > 63) return undefined;
      return operator === '<<'
        ? integer64(BigInt(left) << BigInt(right))
        : integer64(BigInt.asUintN(64, BigInt(left)) >> BigInt(right));
  }
}

function isInt32(value: Integer): value is number {
  return typeof value === 'number' && value === (value | 0);
}
