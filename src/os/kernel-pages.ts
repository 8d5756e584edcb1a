/** The pages of one CPU of a tracefs instance: its `trace_pipe_raw`, and its `stats` beside it. */
import * as fs from 'node:fs';
import { assert } from '../base/assert.ts';
import { ok } from '../base/result.ts';
import type { KernelCounts, KernelPages, PagesWait } from '../port/kernel-tracer.ts';
import type { OsResult } from '../port/os-error.ts';
import { socketDescriptors } from './descriptor.ts';
import { failure, failureFromThrown, thrownErrno } from './errors.ts';
import { readCounts } from './kernel-counts.ts';
import * as libc from './libc.ts';
import type { PagesPoll } from './pages-poll.ts';
import { attempt } from './tracefs-files.ts';
import { lastFailure } from './unix-calls.ts';

const { O_NONBLOCK, O_RDONLY } = fs.constants;
/** LOCK_EX | LOCK_NB of flock(2). */
const LOCK_EXCLUSIVE_NOW = 6;

/** The descriptors of one CPU, in the order in which they are passed. */
type Descriptors = readonly [pages: number, stats: number];
export const DESCRIPTORS_OF_PAGES = 2;

/** `directory`: the CPU's, in the instance. */
export function openPages(
  poll: PagesPoll,
  directory: string,
  call: string,
  subject: string,
): OsResult<KernelPages> {
  const pages = socketDescriptors.open(`${directory}/trace_pipe_raw`, O_RDONLY | O_NONBLOCK, call);
  if (!pages.ok) return pages;
  const stats = socketDescriptors.open(`${directory}/stats`, O_RDONLY, call);
  if (stats.ok) return hold(poll, [pages.value, stats.value], call, subject);
  socketDescriptors.close(pages.value);
  return stats;
}

/** Of descriptors that were passed: as many for each CPU. On failure all of them are closed. */
export function takenPages(
  poll: PagesPoll,
  descriptors: readonly number[],
  call: string,
  subject: string,
): OsResult<readonly KernelPages[]> {
  const taken: KernelPages[] = [];
  for (let index = 0; index < descriptors.length; index += DESCRIPTORS_OF_PAGES) {
    const [pages = -1, stats = -1, ...rest] = descriptors.slice(index);
    const held = hold(poll, [pages, stats], call, subject);
    if (!held.ok) {
      for (const each of taken) each.close();
      for (const each of rest) socketDescriptors.close(each);
      return held;
    }
    taken.push(held.value);
  }
  return ok(taken);
}

/** On failure the descriptors are closed. */
function hold(
  poll: PagesPoll,
  descriptors: Descriptors,
  call: string,
  subject: string,
): OsResult<KernelPages> {
  const held = poll.hold(descriptors[0], call, subject);
  if (held.ok) return ok(new TracePages(poll, descriptors, subject));
  for (const each of descriptors) socketDescriptors.close(each);
  return held;
}

export class TracePages implements KernelPages {
  readonly #poll: PagesPoll;
  readonly #subject: string;
  #open: Descriptors | undefined;
  #wait: PagesWait | undefined;

  constructor(poll: PagesPoll, descriptors: Descriptors, subject: string) {
    this.#poll = poll;
    this.#open = descriptors;
    this.#subject = subject;
  }

  claim(): OsResult<void> {
    const call = 'kernel.claimPages';
    if (this.#open === undefined) return failure('EBADF', call, this.#subject);
    const locked = libc.flock()(this.#open[0], LOCK_EXCLUSIVE_NOW) === 0;
    return locked ? ok(undefined) : lastFailure(call, this.#subject);
  }

  /** The kernel copies it to where `into` is: nothing of a page is lost between the two. */
  read(into: Uint8Array): OsResult<number> {
    const call = 'kernel.readPage';
    if (this.#open === undefined) return failure('EBADF', call, this.#subject);
    try {
      return ok(fs.readSync(this.#open[0], into, 0, into.length, null));
    } catch (thrown) {
      return thrownErrno(thrown) === 'EAGAIN'
        ? ok(0)
        : failureFromThrown(thrown, call, this.#subject);
    }
  }

  await(onReady: () => void): PagesWait {
    assert(this.#open !== undefined, 'only open pages are awaited');
    assert(this.#wait === undefined, 'one wait for pages is pending at a time');
    const pending = this.#poll.await(this.#open[0], () => {
      this.#wait = undefined;
      onReady();
    });
    const wait: PagesWait = {
      close: () => {
        if (this.#wait === wait) this.#wait = undefined;
        pending.close();
      },
    };
    this.#wait = wait;
    return wait;
  }

  counts(): OsResult<KernelCounts> {
    const call = 'kernel.pagesCounts';
    const descriptors = this.#open;
    return descriptors === undefined
      ? failure('EBADF', call, this.#subject)
      : attempt(call, this.#subject, () => readCounts(descriptors[1]));
  }

  /** Its descriptors, to pass them; undefined: it is closed. */
  get passable(): Descriptors | undefined {
    assert(this.#wait === undefined, 'pages with a pending wait are not passed');
    return this.#open;
  }

  close(): void {
    this.#wait?.close();
    if (this.#open === undefined) return;
    const [pages, stats] = this.#open;
    this.#open = undefined;
    this.#poll.release(pages);
    socketDescriptors.close(pages);
    socketDescriptors.close(stats);
  }
}
