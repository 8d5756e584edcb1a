/**
 * All interleavings of a writer and a reader of one stream, for small streams: two sub-buffers, a few events, switches,
 * discards, overwriting, late classes, flushes and snapshots (`docs/simulator.md`).
 *
 * The writer's stores and the reader's accesses are the points of interleaving. Families:
 * - `reader preempted`: the reader begins after any store, and between any two of its accesses the writer advances to
 *   any later store.
 * - `writer killed`: the writer dies after any store; a reader reads what is there, and another writer continues.
 * - `consumer killed`: after any store a consumer that has announced one packet more than it passed dies, and its file
 *   is lost; the next consumer reads the packets that were not passed.
 * - `writer preempted`: between any two stores of the writer a reader reads everything, or only whole sub-buffers; and
 *   likewise at drawn pairs of points. The writer may reuse the sub-buffers that the reader passed.
 *
 * After each order the account must close: no event is invented, damaged, doubled or out of order, timestamps are
 * those of the writer, classes precede their events, and discarded and overwritten events are counted.
 */
import type { RingShape } from '../../src/ring/layout.ts';
import type { StreamWriter } from '../../src/ring/writer.ts';
import { Noise } from '../machine/core/noise.ts';
import { Account, classRecord } from './account.ts';
import { recordSized, type SizedEvent } from './records.ts';
import { MODES, type Mode, Stage, type Store } from './stage.ts';
import { watchStores } from './watched.ts';

const SUBBUFFER_BYTES = 4096;
const SUBBUFFER_COUNT = 2;
/** Pairs of points at which a writer is preempted twice. */
const PAIRS = 300;
const BEGIN_NS = 1_000_000_000_000n;
/** An undisturbed reader needs fewer accesses than this to read everything. */
const ACCESSES_MAX = 150;
const FINDINGS_MAX = 5;

interface Step {
  readonly classId: number;
  readonly padding: number;
  readonly pauseNs: bigint;
}

/** Covers compact and extended headers, switches, a late class, and events without room. */
const SCRIPT: readonly Step[] = [
  { classId: 0, padding: 1500, pauseNs: 10n },
  { classId: 0, padding: 5000, pauseNs: 10n },
  { classId: 0, padding: 0, pauseNs: 2n ** 27n },
  { classId: 1, padding: 2500, pauseNs: 10n },
  { classId: 1, padding: 1300, pauseNs: 2n ** 33n },
  { classId: 0, padding: 3000, pauseNs: 5n },
  { classId: 40, padding: 900, pauseNs: 5n },
];

/** An event, and the number of stores after which it is recorded or counted as discarded. */
interface Outcome {
  readonly at: number;
  readonly event: SizedEvent;
  readonly isDiscarded: boolean;
}

interface Recording {
  readonly stores: readonly Store[];
  readonly outcomes: readonly Outcome[];
}

/** Changes what a writer stores: a planted bug. */
export type Plant = (stores: readonly Store[]) => readonly Store[];

export interface Orders {
  readonly family: 'reader preempted' | 'writer killed' | 'consumer killed' | 'writer preempted';
  readonly mode: Mode;
  readonly count: number;
  /** The first errors; empty when the account of every order closes. */
  readonly findings: readonly string[];
}

/** Every family in every mode. With a planted bug only the families that replay recorded stores. */
export function* exploreRing(plant?: Plant): Generator<Orders> {
  for (const mode of MODES) {
    yield killWriter(mode, plant);
    if (mode !== 'snapshot') yield killConsumer(mode, plant);
    if (plant === undefined && mode !== 'snapshot') yield preemptWriter(mode);
    yield preemptReader(mode, plant);
  }
}

function shapeOf(mode: Mode): RingShape {
  return {
    subbufferBytes: SUBBUFFER_BYTES,
    subbufferCount: SUBBUFFER_COUNT,
    overwrite: mode === 'overwrite',
  };
}

/** Writes the script; declares each class before its first event. */
function perform(
  writer: StreamWriter,
  clock: { ns: bigint },
  onOutcome: (event: SizedEvent, isDiscarded: boolean) => void,
): void {
  const declared = new Set<number>();
  for (const [serial, { classId, padding, pauseNs }] of SCRIPT.entries()) {
    if (!declared.has(classId)) writer.declareClass(classRecord(classId));
    declared.add(classId);
    clock.ns += pauseNs;
    const event = { classId, serial, timestamp: clock.ns };
    onOutcome(event, !recordSized(writer, classId, serial, padding));
  }
}

/** The stores of an undisturbed writer, before its consumer begins. */
function recordingOf(mode: Mode): Recording {
  const stage = new Stage(shapeOf(mode));
  const stores: Store[] = [];
  const outcomes: Outcome[] = [];
  const stop = watchStores(stage.buffer, (offset, length) => {
    stores.push({ offset, bytes: stage.bytes.slice(offset, offset + length) });
  });
  try {
    const clock = { ns: BEGIN_NS };
    perform(
      stage.writer(() => clock.ns),
      clock,
      (event, isDiscarded) => outcomes.push({ at: stores.length, event, isDiscarded }),
    );
  } finally {
    stop();
  }
  return { stores, outcomes };
}

function eventsBy(outcomes: readonly Outcome[], stores: number): SizedEvent[] {
  return outcomes
    .filter(({ at, isDiscarded }) => at <= stores && !isDiscarded)
    .map(({ event }) => event);
}

function discardsBy(outcomes: readonly Outcome[], stores: number): SizedEvent[] {
  return outcomes
    .filter(({ at, isDiscarded }) => at <= stores && isDiscarded)
    .map(({ event }) => event);
}

/** Counts the orders and records the errors of the first wrong ones. */
class Counter {
  count = 0;
  readonly findings: string[] = [];

  try(where: string, order: () => void): void {
    this.count += 1;
    try {
      order();
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      if (this.findings.length < FINDINGS_MAX) this.findings.push(`${where}: ${reason}`);
    }
  }
}

function preemptReader(mode: Mode, plant: Plant = (stores) => stores): Orders {
  const counter = new Counter();
  const { stores, outcomes } = recordingOf(mode);
  const stage = new Stage(shapeOf(mode), plant(stores));
  const end = stores.length;
  const [all, discards] = [eventsBy(outcomes, end), discardsBy(outcomes, end)];
  for (let begin = 0; begin <= end; begin++) {
    // An undisturbed reader determines the number of accesses between which the writer can advance.
    stage.moveTo(begin);
    stage.resetPosition();
    let accesses = 0;
    stage.beforeAccess = () => {
      accesses += 1;
    };
    counter.try(`reader at store ${begin}`, () => {
      const [reader, account] = [stage.reader(mode), new Account(discards)];
      accesses = 0;
      account.drain(reader);
      if (accesses > ACCESSES_MAX)
        throw new Error(`an undisturbed reader needs more than ${ACCESSES_MAX} accesses`);
      stage.beforeAccess = () => undefined;
      stage.moveTo(end);
      account.drain(reader);
      account.close(mode, all);
    });
    for (let access = 1; access <= Math.min(accesses, ACCESSES_MAX); access++) {
      for (let then = begin + 1; then <= end; then++) {
        const where = `reader at store ${begin}, writer to store ${then} before access ${access}`;
        stage.moveTo(begin);
        stage.resetPosition();
        stage.beforeAccess = () => undefined;
        counter.try(where, () => {
          const [reader, account] = [stage.reader(mode), new Account(discards)];
          let seen = 0;
          stage.beforeAccess = () => {
            seen += 1;
            if (seen === access) stage.moveTo(then);
          };
          const packet = reader.next(true);
          stage.beforeAccess = () => undefined;
          // The packet stays unchanged until the reader passes it.
          stage.moveTo(end);
          if (packet !== undefined) account.take(reader, packet);
          account.drain(reader);
          account.close(mode, all);
        });
      }
    }
  }
  return { family: 'reader preempted', mode, count: counter.count, findings: counter.findings };
}

function killWriter(mode: Mode, plant: Plant = (stores) => stores): Orders {
  const counter = new Counter();
  const { stores, outcomes } = recordingOf(mode);
  const planted = plant(stores);
  for (let kill = 0; kill <= stores.length; kill++) {
    for (const isReadBefore of [false, true]) {
      counter.try(`writer killed after store ${kill}`, () => {
        const stage = new Stage(shapeOf(mode), planted);
        stage.moveTo(kill);
        const discards = discardsBy(outcomes, kill);
        const [reader, account] = [stage.reader(mode), new Account(discards)];
        if (isReadBefore) account.drain(reader);
        const recorded = eventsBy(outcomes, kill);
        // The next writer uses other serials, so that no two events have the same one.
        const clock = { ns: BEGIN_NS + 2n ** 40n };
        const next = stage.writer(() => clock.ns);
        next.declareClass(classRecord(2));
        for (const serial of [50, 51]) {
          clock.ns += 7n;
          const event = { classId: 2, serial, timestamp: clock.ns };
          if (recordSized(next, 2, serial, 1200)) recorded.push(event);
          else discards.push(event);
        }
        account.drain(reader);
        account.close(mode, recorded);
      });
    }
  }
  return { family: 'writer killed', mode, count: counter.count, findings: counter.findings };
}

function killConsumer(mode: Mode, plant: Plant = (stores) => stores): Orders {
  const counter = new Counter();
  const { stores, outcomes } = recordingOf(mode);
  const stage = new Stage(shapeOf(mode), plant(stores));
  const end = stores.length;
  const [all, discards] = [eventsBy(outcomes, end), discardsBy(outcomes, end)];
  for (let kill = 0; kill <= end; kill++) {
    for (let passed = 0; passed <= SUBBUFFER_COUNT; passed++) {
      counter.try(`consumer killed at store ${kill}, ${passed} packets passed`, () => {
        stage.moveTo(kill);
        stage.resetPosition();
        const [reader, account] = [stage.reader(mode), new Account(discards)];
        for (let packets = 0; packets <= passed; packets++) {
          const packet = reader.next(true);
          if (packet === undefined) break;
          const { discardedTotal: discarded } = packet;
          reader.announce(packet, { position: packets + 1, packets: packets + 1, discarded });
          if (packets < passed) account.take(reader, packet);
        }
        stage.moveTo(end);
        account.drain(stage.reader(mode));
        account.close(mode, all);
      });
    }
  }
  return { family: 'consumer killed', mode, count: counter.count, findings: counter.findings };
}

function preemptWriter(mode: Mode): Orders {
  const counter = new Counter();
  const order = (points: ReadonlySet<number>, isFlushed: boolean): number => {
    let point = 0;
    counter.try(`writer preempted at ${[...points].join(' and ')}`, () => {
      const stage = new Stage(shapeOf(mode));
      const discards: SizedEvent[] = [];
      const [reader, account] = [stage.reader(mode), new Account(discards)];
      const recorded: SizedEvent[] = [];
      const passPoint = (): void => {
        if (points.has(point++)) account.drain(reader, isFlushed);
      };
      const stop = watchStores(stage.buffer, passPoint);
      try {
        const clock = { ns: BEGIN_NS };
        perform(
          stage.writer(() => clock.ns, passPoint),
          clock,
          (event, isDiscarded) => {
            (isDiscarded ? discards : recorded).push(event);
          },
        );
      } finally {
        stop();
      }
      account.drain(reader);
      account.close(mode, recorded);
    });
    return point;
  };
  const points = order(new Set(), true);
  for (const isFlushed of [true, false]) {
    for (let point = 0; point < points; point++) order(new Set([point]), isFlushed);
    const noise = new Noise(0).stream(`ring ${mode} ${isFlushed}`);
    for (let pair = 0; pair < PAIRS; pair++) {
      order(new Set([noise.below(points), noise.below(points)]), isFlushed);
    }
  }
  return { family: 'writer preempted', mode, count: counter.count, findings: counter.findings };
}
