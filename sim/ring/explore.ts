/**
 * All orders in which a writer and a reader of one stream can meet, for small streams: two sub-buffers, a few events,
 * switches, discards, overwriting, classes that come late, flushes and snapshots (`docs/simulator.md`).
 *
 * The writer's stores are points, and so are the reader's accesses. Families:
 * - `reader preempted`: the reader begins after any store, and between any two of its accesses the writer goes on to
 *   any later store.
 * - `writer killed`: after any store the writer is dead; a reader takes what is there, another writer goes on.
 * - `writer preempted`: between any two stores of the writer a reader takes everything, or whole sub-buffers alone;
 *   and so at drawn pairs of points. What the reader passes, the writer may use again.
 *
 * After each order the account has to close: nothing invented, damaged, doubled or out of order, times as they were
 * taken, classes before their events, discarded and overwritten events counted.
 */
import { encodeClassRecord } from '../../src/ctf/class-record.ts';
import type { ReadableSegment } from '../../src/port/world.ts';
import { formatSegment } from '../../src/ring/format.ts';
import { POSITION_SEGMENT_BYTES, type RingShape, segmentBytes } from '../../src/ring/layout.ts';
import { attachReader, type Packet, type StreamReader } from '../../src/ring/reader.ts';
import { attachWriter, type StreamWriter } from '../../src/ring/writer.ts';
import { Noise } from '../world/noise.ts';
import { decodeSized, recordSized, type SizedEvent } from './records.ts';
import { watchStores } from './watched.ts';

/** What the ring is read for. */
const MODES = ['discard', 'overwrite', 'snapshot'] as const;
type Mode = (typeof MODES)[number];

const SUBBUFFER_BYTES = 4096;
const SUBBUFFER_COUNT = 2;
/** Pairs of points at which a writer is preempted twice. */
const PAIRS = 300;
const BEGIN_NS = 1_000_000_000_000n;
/** A reader whom nobody disturbs looks at the memory less often than this to take everything. */
const ACCESSES_MAX = 150;
const FINDINGS_MAX = 5;

interface Step {
  readonly classId: number;
  readonly padding: number;
  readonly pauseNs: bigint;
}

/** Through compact and extended headers, switches, a late class, and what finds no room. */
const SCRIPT: readonly Step[] = [
  { classId: 0, padding: 1500, pauseNs: 10n },
  { classId: 0, padding: 5000, pauseNs: 10n },
  { classId: 0, padding: 0, pauseNs: 2n ** 27n },
  { classId: 1, padding: 2500, pauseNs: 10n },
  { classId: 1, padding: 1300, pauseNs: 2n ** 33n },
  { classId: 0, padding: 3000, pauseNs: 5n },
  { classId: 40, padding: 900, pauseNs: 5n },
];

export interface Store {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** An event, and the number of stores after which it exists or is counted as discarded. */
interface Deed {
  readonly at: number;
  readonly event: SizedEvent;
  readonly isDiscarded: boolean;
}

interface Recording {
  readonly stores: readonly Store[];
  readonly deeds: readonly Deed[];
}

/** Changes what a writer stores: a planted bug. */
export type Plant = (stores: readonly Store[]) => readonly Store[];

export interface Orders {
  readonly family: 'reader preempted' | 'writer killed' | 'writer preempted';
  readonly mode: Mode;
  readonly count: number;
  /** The first of what is wrong; empty when every order keeps the account. */
  readonly findings: readonly string[];
}

/** Every family in every mode. With a planted bug only those that go by what a writer has stored. */
export function* exploreRing(plant?: Plant): Generator<Orders> {
  for (const mode of MODES) {
    yield killWriter(mode, plant);
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

/** The memory of one stream. The reader's accesses can be seen, and the writer's stores done and undone. */
class Stage {
  readonly shape: RingShape;
  readonly buffer: ArrayBuffer;
  readonly bytes: Uint8Array;
  readonly position = new ArrayBuffer(POSITION_SEGMENT_BYTES);
  beforeAccess: () => void = () => undefined;
  readonly #positionBytes = new Uint8Array(this.position);
  readonly #view: DataView;
  readonly #stores: readonly Store[];
  readonly #undo: Store[] = [];

  constructor(shape: RingShape, stores: readonly Store[] = []) {
    this.shape = shape;
    this.buffer = new ArrayBuffer(segmentBytes(shape));
    this.bytes = new Uint8Array(this.buffer);
    this.#view = new DataView(this.buffer);
    this.#stores = stores;
    const { buffer } = this;
    formatSegment({ buffer, byteLength: buffer.byteLength, detach: () => undefined }, shape, 1);
  }

  /** The memory after so many stores. */
  moveTo(count: number): void {
    while (this.#undo.length < count) {
      const { offset, bytes } = this.#stores[this.#undo.length] as Store;
      this.#undo.push({ offset, bytes: this.bytes.slice(offset, offset + bytes.length) });
      this.bytes.set(bytes, offset);
    }
    while (this.#undo.length > count) {
      const { offset, bytes } = this.#undo.pop() as Store;
      this.bytes.set(bytes, offset);
    }
  }

  /** As before any reader. */
  resetPosition(): void {
    this.#positionBytes.fill(0);
  }

  reader(mode: Mode): StreamReader {
    const { position } = this;
    const segment = { buffer: position, byteLength: position.byteLength, detach: () => undefined };
    const attached = attachReader(this.#readable(), mode === 'snapshot' ? null : segment);
    if (!attached.ok) throw new Error(attached.error);
    return attached.value;
  }

  writer(now: () => bigint, beforeLook: () => void = () => undefined): StreamWriter {
    const { buffer, position } = this;
    const positionView = new DataView(position);
    const attached = attachWriter({
      data: { buffer, byteLength: buffer.byteLength, detach: () => undefined },
      position: {
        byteLength: position.byteLength,
        loadU32: (offset) => {
          beforeLook();
          return positionView.getUint32(offset, true);
        },
        loadU64: (offset) => positionView.getBigUint64(offset, true),
        loadF64: (offset) => positionView.getFloat64(offset, true),
        bytes: (offset, length) => new Uint8Array(position, offset, length),
        detach: () => undefined,
      },
      now: (target, index) => {
        target[index] = now();
      },
    });
    if (!attached.ok) throw new Error(attached.error);
    return attached.value;
  }

  #readable(): ReadableSegment {
    const view = this.#view;
    const see = <T>(value: () => T): T => {
      this.beforeAccess();
      return value();
    };
    return {
      byteLength: this.buffer.byteLength,
      loadU32: (offset) => see(() => view.getUint32(offset, true)),
      loadU64: (offset) => see(() => view.getBigUint64(offset, true)),
      loadF64: (offset) => see(() => view.getFloat64(offset, true)),
      bytes: (offset, length) => see(() => this.bytes.subarray(offset, offset + length)),
      detach: () => undefined,
    };
  }
}

/** Writes the script, declaring classes before their first events. */
function perform(
  writer: StreamWriter,
  clock: { ns: bigint },
  onDeed: (event: SizedEvent, isDiscarded: boolean) => void,
): void {
  const declared = new Set<number>();
  for (const [serial, { classId, padding, pauseNs }] of SCRIPT.entries()) {
    if (!declared.has(classId)) writer.declareClass(classRecord(classId));
    declared.add(classId);
    clock.ns += pauseNs;
    const event = { classId, serial, timestamp: clock.ns };
    onDeed(event, !recordSized(writer, classId, serial, padding));
  }
}

const classRecords = new Map<number, Uint8Array>();

function classRecord(id: number): Uint8Array {
  const known = classRecords.get(id);
  if (known !== undefined) return known;
  const record = encodeClassRecord({ id, name: `ring:${id}`, logLevel: 13, fields: [] });
  classRecords.set(id, record);
  return record;
}

/** What a writer that nobody disturbs stores, while its consumer has not begun. */
function recordingOf(mode: Mode): Recording {
  const stage = new Stage(shapeOf(mode));
  const stores: Store[] = [];
  const deeds: Deed[] = [];
  const stop = watchStores(stage.buffer, (offset, length) => {
    stores.push({ offset, bytes: stage.bytes.slice(offset, offset + length) });
  });
  try {
    const clock = { ns: BEGIN_NS };
    perform(
      stage.writer(() => clock.ns),
      clock,
      (event, isDiscarded) => deeds.push({ at: stores.length, event, isDiscarded }),
    );
  } finally {
    stop();
  }
  return { stores, deeds };
}

/** What was read in one order. */
class Account {
  /** All that there are, or will be. */
  readonly #discards: readonly SizedEvent[];
  readonly #events: SizedEvent[] = [];
  readonly #classes = new Set<string>();
  #discarded = 0;
  #overwritten = 0;

  constructor(discards: readonly SizedEvent[]) {
    this.#discards = discards;
  }

  /** Takes a packet and what was declared up to now. */
  take(reader: StreamReader, packet: Packet): void {
    const records = reader.readClasses();
    if (!records.ok) throw new Error(records.error);
    for (const record of records.value) this.#classes.add(textOf(record));
    for (const event of decodeSized(packet)) {
      const { classId, serial } = event;
      if (!this.#classes.has(textOf(classRecord(classId)))) {
        throw new Error(`event ${serial} came before its class ${classId}`);
      }
      this.#events.push(event);
    }
    if (packet.discardedTotal < this.#discarded)
      throw new Error('fewer were discarded than before');
    this.#discarded = packet.discardedTotal;
    const last = this.#events.at(-1)?.serial ?? -1;
    if (this.#discards.filter(({ serial }) => serial < last).length > this.#discarded) {
      throw new Error(`a packet does not tell what was discarded before its event ${last}`);
    }
    this.#overwritten += packet.overwrittenEvents;
    reader.done(packet);
  }

  drain(reader: StreamReader, isFlushed = true): void {
    for (let packets = 0; packets < 10; packets++) {
      const packet = reader.next(isFlushed);
      if (packet === undefined) break;
      this.take(reader, packet);
    }
    if (reader.fault !== undefined) throw new Error(reader.fault);
  }

  /** Whether this is what was recorded, all of it. */
  close(mode: Mode, recorded: readonly SizedEvent[]): void {
    const events = this.#events;
    const lost = recorded.length - events.length;
    if (mode !== 'overwrite' && lost !== 0) {
      throw new Error(`${recorded.length} events were recorded and ${events.length} are there`);
    }
    if (lost !== this.#overwritten) {
      throw new Error(`${lost} events are not there and ${this.#overwritten} count as overwritten`);
    }
    let next = 0;
    for (const { serial, classId, timestamp } of events) {
      while (next < recorded.length && recorded[next]?.serial !== serial) next += 1;
      const event = recorded[next++];
      if (event === undefined) throw new Error(`event ${serial} is doubled, invented or late`);
      if (event.classId !== classId) throw new Error(`event ${serial} is of class ${classId}`);
      if (event.timestamp !== timestamp) throw new Error(`event ${serial} has another time`);
    }
    const discarded = this.#discards.length;
    if (this.#discarded !== discarded) {
      throw new Error(`${discarded} events were discarded and ${this.#discarded} are counted`);
    }
  }
}

function textOf(record: Uint8Array): string {
  return record.join(' ');
}

function eventsBy(deeds: readonly Deed[], stores: number): SizedEvent[] {
  return deeds
    .filter(({ at, isDiscarded }) => at <= stores && !isDiscarded)
    .map(({ event }) => event);
}

function discardsBy(deeds: readonly Deed[], stores: number): SizedEvent[] {
  return deeds
    .filter(({ at, isDiscarded }) => at <= stores && isDiscarded)
    .map(({ event }) => event);
}

/** Counts the orders and notes what the first wrong ones do. */
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
  const { stores, deeds } = recordingOf(mode);
  const stage = new Stage(shapeOf(mode), plant(stores));
  const end = stores.length;
  const [all, discards] = [eventsBy(deeds, end), discardsBy(deeds, end)];
  for (let begin = 0; begin <= end; begin++) {
    // A reader whom nobody disturbs shows how many accesses there are to come between.
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
        throw new Error('it looks again and again, and nobody disturbs it');
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
          // What was taken stays as it is until it is passed.
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
  const { stores, deeds } = recordingOf(mode);
  const planted = plant(stores);
  for (let kill = 0; kill <= stores.length; kill++) {
    for (const isReadBefore of [false, true]) {
      counter.try(`writer killed after store ${kill}`, () => {
        const stage = new Stage(shapeOf(mode), planted);
        stage.moveTo(kill);
        const discards = discardsBy(deeds, kill);
        const [reader, account] = [stage.reader(mode), new Account(discards)];
        if (isReadBefore) account.drain(reader);
        const recorded = eventsBy(deeds, kill);
        // Serials go on where they were, so that nobody takes one event for another.
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
