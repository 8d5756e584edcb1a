/**
 * Blocks a thread until its library is registered, without a turn of the event loop: before a program's first statement
 * Node must deliver nothing to the program, an IPC message for instance, which has no listener yet (docs/library.md).
 *
 * Meanwhile this file delivers the events of the World itself: it reads the sockets, which are non-blocking, and fires
 * the timers that are due. There is no poll(2) without native code, and a thread loads none before a session needs it;
 * so the thread sleeps in between, at first for microseconds.
 */

import { NS_PER_MS } from '../base/time.ts';

/** Something that can have events. */
export interface Source {
  /** Delivers the events that are there; returns whether there were any. */
  poll(): boolean;
}

/** Sleeps between two rounds: they double from the first to the last, and restart after each event. */
const SLEEP_MS_FIRST = 0.02;
const SLEEP_MS_LAST = 1;

export class Blocking {
  readonly #sources = new Set<Source>();
  readonly #cell = new Int32Array(new SharedArrayBuffer(4));

  /** Polls the source while the thread blocks, until the returned function is called. */
  add(source: Source): () => void {
    this.#sources.add(source);
    return () => this.#sources.delete(source);
  }

  /** Blocks until `isOver`, for at most `msMax`. */
  until(isOver: () => boolean, msMax: number): void {
    const end = nowMs() + msMax;
    let sleepMs = SLEEP_MS_FIRST;
    while (!isOver() && nowMs() < end) {
      if (this.#poll()) sleepMs = SLEEP_MS_FIRST;
      else {
        Atomics.wait(this.#cell, 0, 0, sleepMs);
        sleepMs = Math.min(2 * sleepMs, SLEEP_MS_LAST);
      }
    }
  }

  #poll(): boolean {
    let hasEvents = false;
    for (const source of [...this.#sources]) hasEvents = source.poll() || hasEvents;
    return hasEvents;
  }
}

function nowMs(): number {
  return Number(process.hrtime.bigint()) / NS_PER_MS;
}
