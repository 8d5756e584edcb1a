/** The schemas of times and other bounded numbers in inputs. */
import * as v from 'valibot';
import { counter } from '../../src/wire/common.ts';

/** A day of virtual time, milliseconds; a run ends long before. */
export const MS_MAX = 86_400_000;

export const upTo = (most: number) => v.pipe(counter, v.maxValue(most));
export const signed = (most: number) =>
  v.pipe(v.number(), v.safeInteger(), v.minValue(-most), v.maxValue(most));
export const at = upTo(MS_MAX);
export const forMs = v.pipe(upTo(MS_MAX), v.minValue(1));
