/** The cases of our contestants, for a function that defines tracepoints. */

import type { Tracer } from '../../src/tracer/tracer.ts';
import { enumeration, i32, string } from '../../src/tracer/types.ts';
import { TEXTS } from '../lib/payload.ts';

type Cases = Readonly<Record<string, (events: number) => void>>;

export function makeCases(tracepoint: Tracer['tracepoint']): Cases {
  const five = { a: i32, b: i32, c: i32, d: i32, text: string };
  const one = tracepoint('bench:one', { value: i32 });
  const four = tracepoint('bench:four', five);
  const off = tracepoint('bench:off', { value: i32 });
  const paused = tracepoint('bench:paused', five);
  const accepted = tracepoint('bench:accepted', five);
  const rejected = tracepoint('bench:rejected', five);
  const labels = Object.fromEntries(TEXTS.map((text, index) => [text, index]));
  const labelled = tracepoint('bench:labelled', { value: i32, label: enumeration(labels) });
  return {
    one: (events) => {
      for (let i = 0; i < events; i++) one({ value: i });
    },
    four: (events) => {
      for (let i = 0; i < events; i++) {
        four({ a: i, b: i + 1, c: i + 2, d: i + 3, text: TEXTS[i & 7] ?? '' });
      }
    },
    labelled: (events) => {
      for (let i = 0; i < events; i++) labelled({ value: i, label: TEXTS[i & 7] ?? '' });
    },
    off: (events) => {
      for (let i = 0; i < events; i++) off({ value: i });
    },
    accepted: (events) => {
      for (let i = 0; i < events; i++) {
        accepted({ a: i, b: i + 1, c: i + 2, d: i + 3, text: TEXTS[i & 7] ?? '' });
      }
    },
    rejected: (events) => {
      for (let i = 0; i < events; i++) {
        rejected({ a: i, b: i + 1, c: i + 2, d: i + 3, text: TEXTS[i & 7] ?? '' });
      }
    },
    paused: (events) => {
      for (let i = 0; i < events; i++) {
        paused({ a: i, b: i + 1, c: i + 2, d: i + 3, text: TEXTS[i & 7] ?? '' });
      }
    },
  };
}
