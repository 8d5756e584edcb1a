/** The payloads of the contestants; `bench/ust/bench-events.c` has the same. */

/** 16 characters each, as a parser creates them: flat, and not literals of the source text. */
export const TEXTS: readonly string[] = Array.from({ length: 8 }, (_, index) =>
  Buffer.from(`order accepted ${index}`).toString('latin1'),
);

/** Filters of the cases that have one: a comparison of an integer and one of a text, for each event. */
export const ACCEPTING = 'a >= 0 && text == "order*"';
export const REJECTING = 'a >= 0 && text == "other*"';

/** The case of a tracepoint that records this many events and is then disabled permanently. */
export const PAUSED_NAME = 'paused';
export const PAUSED_EVENTS = 1_000_000;

/** Contexts of the cases that have some, by the names of the cases: 4 ints and 16 characters in all of them. */
export const IN_CONTEXT: Readonly<Record<string, readonly string[]>> = {
  none: [],
  vpid: ['vpid'],
  procname: ['procname'],
  async_id: ['async_id'],
  '$app.tenant': ['$app.tenant'],
  trace_id: ['trace_id'],
  loop_lag: ['loop_lag'],
  heap_used: ['heap_used'],
  net_ns: ['net_ns'],
  vuid: ['vuid'],
  four: ['vpid', 'vtid', 'procname', '$app.tenant'],
};
