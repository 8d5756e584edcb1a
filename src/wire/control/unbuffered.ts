/** Threads of applications that should have buffers, and had none. */
import * as v from 'valibot';
import { unableReason } from '../app/messages.ts';
import { errnoName, processName, u32 } from '../common.ts';

/** A thread that should have buffers. `waiting`: it has none; `served`: it has them by now; `ended`: it never had. */
export const unbufferedThread = v.strictObject({
  pid: u32,
  tid: u32,
  processName,
  /** An errno name; LIMIT: a bound of the registry; UNABLE: see `reason`. */
  code: errnoName,
  /** What the thread itself says: one sentence without its full stop. */
  reason: v.optional(unableReason),
  state: v.picklist(['waiting', 'served', 'ended']),
});
export type UnbufferedThread = v.InferOutput<typeof unbufferedThread>;
