/**
 * The schema of fault scripts. They are untrusted, as the inputs that contain them are: it bounds every value, and
 * accepts only what a scenario can draw.
 */
import * as v from 'valibot';
import { counter, list, path } from '../../src/wire/common.ts';
import {
  CHANGING_CALLS,
  FAILING_CALLS,
  type FailingCall,
  type Fault,
  type FaultScript,
  KILLED_UNDER_ANY,
  SPOILINGS,
  type Target,
  WRITING_CALLS,
} from './fault.ts';
import { at, forMs, MS_MAX, signed, upTo } from './time-schema.ts';

/** A registry answers a request long before this time. */
const US_MAX = 60_000_000;
const DRIFT_PPM_MAX = 500_000;

const name = v.pipe(v.string(), v.regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'a name'));
const ordinal = v.pipe(counter, v.minValue(1));
const bytes = v.pipe(counter, v.minValue(1));
const connection = counter;
const of: v.GenericSchema<unknown, Target> = v.strictObject({ program: name, index: counter });
const failingCall = v.picklist(Object.keys(FAILING_CALLS) as [FailingCall, ...FailingCall[]]);
const failureCode = v.picklist([...new Set(Object.values(FAILING_CALLS).flat())]);

const kind = <Kind extends Fault['kind']>(text: Kind) => v.literal(text);

const fault: v.GenericSchema<unknown, Fault> = v.variant('kind', [
  v.strictObject({
    kind: kind('kill'),
    of,
    atCall: ordinal,
    call: v.exactOptional(v.picklist([...CHANGING_CALLS, ...WRITING_CALLS])),
  }),
  v.strictObject({ kind: kind('kill-at-time'), of, at }),
  v.strictObject({ kind: kind('kill-at-load'), of, atLoad: ordinal }),
  v.strictObject({ kind: kind('kill-at-store'), of, atStore: ordinal }),
  v.strictObject({
    kind: kind('kill-under'),
    victim: v.picklist(['registry', 'consumer']),
    op: v.picklist(KILLED_UNDER_ANY),
    nth: ordinal,
    afterUs: upTo(US_MAX),
  }),
  v.strictObject({ kind: kind('torn-write'), of, atAppend: ordinal, bytes }),
  v.strictObject({ kind: kind('half-open'), of, at, forMs }),
  v.strictObject({ kind: kind('pause'), of, at, forMs }),
  v.strictObject({ kind: kind('stop-for-good'), of, at }),
  v.strictObject({ kind: kind('kill-for-good'), of, at }),
  v.strictObject({ kind: kind('reset'), of, at, connection }),
  v.strictObject({ kind: kind('clog'), of, at, forMs, connection }),
  v.strictObject({ kind: kind('slow-reader'), of, at, forMs, connection }),
  v.strictObject({ kind: kind('latency'), at, forMs, byMs: v.pipe(upTo(1000), v.minValue(1)) }),
  v.strictObject({
    kind: kind('call-fails'),
    of,
    call: failingCall,
    code: failureCode,
    nth: ordinal,
    times: ordinal,
  }),
  v.strictObject({ kind: kind('short-write'), of, nth: ordinal, times: ordinal }),
  v.strictObject({ kind: kind('disk-full'), at, forMs, leaving: counter }),
  v.strictObject({ kind: kind('disk-error'), at, forMs, oneIn: v.pipe(upTo(1000), v.minValue(1)) }),
  v.strictObject({ kind: kind('mode-lost'), at, forMs, path }),
  v.strictObject({
    kind: kind('files-spoiled'),
    at,
    path,
    how: v.picklist(SPOILINGS),
    nth: counter,
  }),
  v.strictObject({ kind: kind('clock-step'), at, byMs: signed(MS_MAX) }),
  v.strictObject({ kind: kind('clock-drift'), at, forMs, ppm: signed(DRIFT_PPM_MAX) }),
  v.strictObject({ kind: kind('descriptors-full'), of, at, forMs, leaving: counter }),
  v.strictObject({
    kind: kind('memory-full'),
    at,
    forMs,
    leaving: counter,
    counting: v.exactOptional(v.literal('bytes')),
  }),
  v.strictObject({ kind: kind('other-namespace'), of }),
  v.strictObject({ kind: kind('memory-removed'), at, segment: counter }),
  v.strictObject({ kind: kind('registry-starts'), at, user: name }),
  v.strictObject({ kind: kind('power-cut'), at, writtenBackAt: at }),
]);

export const faultScript: v.GenericSchema<unknown, FaultScript> = list(fault);
