/** The values of options. */
import * as v from 'valibot';

/** Whether the schema of a protocol accepts a value. */
export function fits(schema: v.GenericSchema, value: unknown): boolean {
  return v.safeParse(schema, value).success;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** Bytes of `4096`, `16k`, `1M`, `1G` (powers of 1024); undefined for other text. */
export function parseSize(value: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,12})([kmg]?)$/i.exec(value) ?? [];
  const bytes = Number(digits) * (UNITS[unit.toLowerCase()] ?? Number.NaN);
  return digits !== '' && Number.isSafeInteger(bytes) ? bytes : undefined;
}
