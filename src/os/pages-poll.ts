/**
 * Waits for pages of the kernel. Node's event loop takes no descriptor of tracefs (its streams are made of sockets,
 * pipes and terminals, and it refuses others), so one thread of its pool sleeps in `epoll_wait` for all of them.
 * Descriptors come and go while it sleeps: the kernel allows that. Nothing wakes it without need.
 *
 * Main threads only: in a worker thread the C library would be locked for as long as the thread sleeps.
 */
import { isMainThread } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { ok } from '../base/result.ts';
import type { PagesWait } from '../port/kernel-tracer.ts';
import type { OsResult } from '../port/os-error.ts';
import { type Entrance, entering } from './entrance.ts';
import * as libc from './libc.ts';
import { lastFailure } from './unix-calls.ts';

const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;
const EPOLL_CLOEXEC = 0o2000000;
const EFD_CLOEXEC = 0o2000000;
const EPOLLIN = 1;
/** The descriptor tells one event and then none until it is armed again. */
const EPOLLONESHOT = 1 << 30;

/** `struct epoll_event` of x86-64 is packed, that of other machines is not. Its data are the number of a wait. */
const DATA_AT = process.arch === 'x64' ? 4 : 8;
const EVENT_BYTES = DATA_AT + 8;
const EVENTS_AT_ONCE = 64;
/** The number of no wait: that of a descriptor that is not armed, and of the interrupt. */
const NO_WAIT = 0;

export class PagesPoll {
  readonly #entrance: Entrance;
  readonly #events = Buffer.alloc(EVENTS_AT_ONCE * EVENT_BYTES);
  /** What to call, by the number of the wait. */
  readonly #waits = new Map<number, () => void>();
  /** Descriptors that are in the epoll; without one, it is closed as soon as nothing sleeps in it. */
  #held = 0;
  #epoll: number | undefined;
  /** An eventfd that is always readable: armed, it ends the sleep. */
  #interrupt: number | undefined;
  #isAsleep = false;
  #last = NO_WAIT;

  constructor(entrance: Entrance) {
    this.#entrance = entrance;
  }

  /** Takes the descriptor in. EMFILE, ENOMEM. */
  hold(fd: number, call: string, subject: string): OsResult<void> {
    assert(isMainThread, 'pages of the kernel are read by a main thread');
    const opened = this.#open(call, subject);
    if (!opened.ok) return opened;
    if (this.#control(EPOLL_CTL_ADD, fd, 0, NO_WAIT) < 0) {
      const failed = lastFailure(call, subject);
      this.#settle();
      return failed;
    }
    this.#held++;
    return ok(undefined);
  }

  /** Lets it go, before it is closed. */
  release(fd: number): void {
    this.#control(EPOLL_CTL_DEL, fd, 0, NO_WAIT);
    this.#held--;
    this.#settle();
  }

  /** Of a descriptor that is held, and for which no wait is pending. */
  await(fd: number, onReady: () => void): PagesWait {
    const wait = ++this.#last;
    this.#waits.set(wait, onReady);
    this.#control(EPOLL_CTL_MOD, fd, EPOLLIN, wait);
    this.#settle();
    return {
      close: () => {
        this.#waits.delete(wait);
        this.#settle();
      },
    };
  }

  #open(call: string, subject: string): OsResult<void> {
    if (this.#epoll !== undefined) return ok(undefined);
    const epoll = libc.epollCreate()(EPOLL_CLOEXEC);
    if (epoll < 0) return lastFailure(call, subject);
    const interrupt = libc.eventfd()(1, EFD_CLOEXEC);
    if (interrupt < 0) {
      const failed = lastFailure(call, subject);
      libc.close()(epoll);
      return failed;
    }
    this.#epoll = epoll;
    this.#interrupt = interrupt;
    this.#control(EPOLL_CTL_ADD, interrupt, 0, NO_WAIT);
    return ok(undefined);
  }

  #control(operation: number, fd: number, events: number, wait: number): number {
    const event = Buffer.alloc(EVENT_BYTES);
    event.writeUInt32LE(events | EPOLLONESHOT, 0);
    event.writeBigUInt64LE(BigInt(wait), DATA_AT);
    return libc.epollControl()(this.#epoll ?? -1, operation, fd, event);
  }

  /** Sleeps while there is a wait, wakes when there is none, and closes the epoll when it has no descriptor. */
  #settle(): void {
    if (this.#waits.size > 0) this.#sleep();
    else if (this.#isAsleep) this.#wake();
    else if (this.#held === 0) this.#close();
  }

  #wake(): void {
    this.#control(EPOLL_CTL_MOD, this.#interrupt ?? -1, EPOLLIN, NO_WAIT);
  }

  #sleep(): void {
    if (this.#isAsleep || this.#epoll === undefined) return;
    this.#isAsleep = true;
    // A process that ends waits for the threads of the pool.
    const onExit = entering(this.#entrance, () => this.#wake());
    process.once('exit', onExit);
    const onEvents = entering(this.#entrance, (count: number) => {
      process.removeListener('exit', onExit);
      this.#onEvents(count);
    });
    libc.epollWait(this.#epoll, this.#events, EVENTS_AT_ONCE, onEvents);
  }

  /** `count` is negative when a signal has interrupted the sleep. */
  #onEvents(count: number): void {
    this.#isAsleep = false;
    const over: number[] = [];
    for (let at = 0; at < count * EVENT_BYTES; at += EVENT_BYTES) {
      // Anything but EPOLLIN: the CPU has no buffer, and its descriptor would say so again at once.
      if ((this.#events.readUInt32LE(at) & EPOLLIN) !== 0)
        over.push(Number(this.#events.readBigUInt64LE(at + DATA_AT)));
    }
    try {
      for (const wait of over) this.#end(wait);
    } finally {
      this.#settle();
    }
  }

  /** Does nothing when the wait was closed, also in the same turn. */
  #end(wait: number): void {
    const onReady = this.#waits.get(wait);
    this.#waits.delete(wait);
    onReady?.();
  }

  #close(): void {
    if (this.#epoll === undefined || this.#interrupt === undefined) return;
    libc.close()(this.#epoll);
    libc.close()(this.#interrupt);
    this.#epoll = undefined;
    this.#interrupt = undefined;
  }
}
