/**
 * kill -9 at every store of an application into its buffers, while registry and consumer continue: at every store all
 * laws hold, and the trace contains all events that the application had recorded before.
 */
import { describe, expect, test } from 'vitest';
import type { Workload } from '../../sim/input/workload.ts';
import { type RunReport, runScenario } from '../../sim/run/run.ts';
import { recorded } from '../support/simulated/recorded.ts';

/** More stores than the applications of these runs make. */
const STORES_MAX = 10_000;
/** Distance between the tested stores, where most stores copy bytes of long texts. */
const APART = 61;
/** Stores that the healed run adds. */
const EVENTS_OF_HEALING = 3;

/** Classes that come one after the other, and timers in between. */
const SMALL: Workload = {
  steps: [
    { at: 1, do: 'emit', of: 'a', count: 2, characters: 3 },
    { at: 10, do: 'emit', of: 'b', count: 2, characters: 3 },
  ],
};
/** More than two sub-buffers hold, and they are read meanwhile. */
const LARGE: Workload = {
  steps: [
    { at: 1, do: 'emit', of: 'a', count: 4, characters: 1500 },
    { at: 10, do: 'emit', of: 'a', count: 2, characters: 1500 },
  ],
};

function killedAt(workload: Workload, atStore: number): RunReport {
  const of = { program: 'application', index: 0 };
  return runScenario({ ...recorded(workload), faults: [{ kind: 'kill-at-store', of, atStore }] });
}

/** How many events were left to read, by the stores that were made. */
function readableAfter(workload: Workload, apart: number): number[] {
  const counts: number[] = [];
  for (let store = 1; store < STORES_MAX; store += apart) {
    const { findings, hits, eventsRecorded } = killedAt(workload, store);
    expect(findings, `killed at store ${store}`).toEqual([]);
    if (hits.length === 0) return counts;
    counts.push(eventsRecorded - EVENTS_OF_HEALING);
  }
  throw new Error(`There are more than ${STORES_MAX} stores`);
}

describe('kill -9 at a store', () => {
  test('every one of an application', () => {
    const readable = readableAfter(SMALL, 1);
    process.stdout.write(`killed at each of ${readable.length} stores\n`);
    expect(readable.length).toBeGreaterThan(50);
    // An event is there from one of its stores on, and stays.
    expect(readable).toEqual([...readable].sort((one, other) => one - other));
    expect(new Set(readable)).toEqual(new Set([0, 1, 2, 3, 4]));
  });

  test('while sub-buffers are switched and read', () => {
    const readable = readableAfter(LARGE, APART);
    process.stdout.write(`killed at ${readable.length} stores, ${APART} apart\n`);
    expect(readable.length).toBeGreaterThan(50);
    expect(readable.at(-1)).toBeGreaterThanOrEqual(4);
  });

  test('does not change the views of other processes', () => {
    const before = [Uint8Array, DataView, Atomics];
    const other = killedAt(SMALL, 40);
    expect([Uint8Array, DataView, Atomics]).toEqual(before);
    expect(killedAt(SMALL, 40).hash).toBe(other.hash);
  });
});
