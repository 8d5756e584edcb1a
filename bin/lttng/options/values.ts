/** The values of options. */
import * as v from 'valibot';

/** Whether the schema of a protocol accepts a value. */
export function fits(schema: v.GenericSchema, value: unknown): boolean {
  return v.safeParse(schema, value).success;
}

const PERIODS: Readonly<Record<string, number>> = {
  '': 1,
  us: 1,
  ms: 1000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
};

/** Microseconds of `500`, `20ms`, `30s`, `10m`, `1h`, as LTTng spells them; undefined for other text. */
export function parsePeriodUs(value: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,15})(us|ms|s|m|h)?$/.exec(value) ?? [];
  const us = Number(digits) * (PERIODS[unit] ?? Number.NaN);
  return digits !== '' && Number.isSafeInteger(us) ? us : undefined;
}
