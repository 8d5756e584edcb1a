/** The schema of workloads. */
import * as v from 'valibot';
import { counter, list, logLevel } from '../../src/wire/common.ts';
import { at, upTo } from './time-schema.ts';
import type { Workload } from './workload.ts';

const EVENTS_AT_ONCE_MAX = 10_000;
const CHARACTERS_MAX = 65_536;
/** The depth to which applications start applications. */
const WORKLOAD_DEPTH_MAX = 8;

const callNumber = v.pipe(counter, v.minValue(1));
const className = v.pipe(v.string(), v.regex(/^[a-z0-9_]{1,32}$/, 'a class of events'));

/** A step that emits events. */
export const emission = v.strictObject({
  at,
  do: v.literal('emit'),
  count: upTo(EVENTS_AT_ONCE_MAX),
  of: className,
  characters: upTo(CHARACTERS_MAX),
  level: v.exactOptional(logLevel),
});

/** The schema of a workload whose applications may start applications to this depth. */
function workloadOf(depth: number): v.GenericSchema<unknown, Workload> {
  const rest = [
    v.strictObject({ at, do: v.literal('define'), of: className }),
    v.strictObject({ at, do: v.literal('write'), characters: upTo(CHARACTERS_MAX) }),
    v.strictObject({ at, do: v.literal('throw') }),
    v.strictObject({ at, do: v.literal('exit'), code: upTo(255) }),
  ] as const;
  const spawn = v.strictObject({
    at,
    do: v.literal('spawn'),
    workload: v.lazy(() => workloadOf(depth - 1)),
  });
  const step = v.variant('do', depth > 0 ? [emission, spawn, ...rest] : [emission, ...rest]);
  return v.strictObject({
    steps: list(step),
    processName: v.exactOptional(v.pipe(v.string(), v.minLength(1), v.maxLength(255))),
    killAtCall: v.exactOptional(callNumber),
  });
}

export const workload = workloadOf(WORKLOAD_DEPTH_MAX);
