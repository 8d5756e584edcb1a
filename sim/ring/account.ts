/** The account of one order: what the reader read of a small stream, compared with what the writer recorded. */
import { encodeClassRecord } from '../../src/event/class-record.ts';
import type { Packet } from '../../src/ring/packet.ts';
import type { StreamReader } from '../../src/ring/reader.ts';
import { decodeSized, type SizedEvent } from './records.ts';
import type { Mode } from './stage.ts';

const classRecords = new Map<number, Uint8Array>();

/** The class record of a class of the script. */
export function classRecord(id: number): Uint8Array {
  const known = classRecords.get(id);
  if (known !== undefined) return known;
  const record = encodeClassRecord({ id, name: `ring:${id}`, logLevel: 13, fields: [] });
  classRecords.set(id, record);
  return record;
}

/** What the reader read in one order. */
export class Account {
  /** All discarded events, including later ones. */
  readonly #discards: readonly SizedEvent[];
  readonly #events: SizedEvent[] = [];
  readonly #classes = new Set<string>();
  #discarded = 0;
  #overwritten = 0;

  constructor(discards: readonly SizedEvent[]) {
    this.#discards = discards;
  }

  /** Takes a packet and the classes declared so far. */
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
      throw new Error('the count of discarded events decreased');
    this.#discarded = packet.discardedTotal;
    const last = this.#events.at(-1)?.serial ?? -1;
    if (this.#discards.filter(({ serial }) => serial < last).length > this.#discarded) {
      throw new Error(`a packet does not count the discards before its event ${last}`);
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

  /** Checks that the reader read everything that the writer recorded. */
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
