/**
 * Converts the values that an application passes to recordable ones. These functions never throw. All application code
 * (getters, proxies, toString) runs here, before space is reserved, so that such code can record events itself without
 * corrupting the event under way.
 *
 * - integers: numbers and bigints wrap to the field's width as in typed arrays; true is 1; all else is 0.
 * - floats: numbers and bigints; true is 1; all else is 0.
 * - booleans: truthiness.
 * - enumerations: a label or a number; an unknown label is 0.
 * - strings: numbers, bigints, booleans and objects as `String` converts them; undefined, null, symbols and
 *   functions are empty, and so is an object whose conversion throws.
 * - a property whose getter throws counts as undefined.
 */

/** For integers up to 32 bits; the store wraps further. */
export function integerOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(BigInt.asIntN(32, value));
  return value === true ? 1 : 0;
}

/** For integers of 64 bits. */
export function wideOf(value: unknown): number | bigint {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value === true ? 1 : 0;
}

export function floatOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  return value === true ? 1 : 0;
}

export function textOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'object':
      return value === null ? '' : objectTextOf(value);
    default:
      return '';
  }
}

function objectTextOf(value: object): string {
  try {
    // oxlint-disable-next-line typescript/no-base-to-string -- the object's own conversion is the text
    return String(value);
  } catch {
    return '';
  }
}

/** `source[key]`, or undefined when there is no such property or its getter throws. */
export function propertyOf(source: unknown, key: string | number): unknown {
  if (source === null || source === undefined) return undefined;
  try {
    return (source as Record<string | number, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** The length of an array-like object; 0 for other values. */
export function lengthOf(value: unknown): number {
  if (typeof value !== 'object') return 0;
  const length = propertyOf(value, 'length');
  return typeof length === 'number' && length > 0 ? Math.floor(length) : 0;
}

/** Stores 64 bits little endian; numbers are truncated and wrapped like bigints. */
export function storeWide(view: DataView, offset: number, value: number | bigint): void {
  if (typeof value === 'bigint') {
    view.setBigInt64(offset, value, true);
    return;
  }
  const whole = Math.trunc(value);
  view.setInt32(offset, whole, true);
  view.setInt32(offset + 4, Math.floor(whole / 2 ** 32), true);
}
