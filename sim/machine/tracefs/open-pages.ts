/** The pages of a CPU that processes of the simulated machine have open. */
import { assert } from '../../../src/base/assert.ts';
import { fail, ok } from '../../../src/base/result.ts';
import type { KernelCounts, KernelPages, PagesWait } from '../../../src/port/kernel-tracer.ts';
import type { OsResult } from '../../../src/port/os-error.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import type { Lane } from '../core/lane.ts';
import type { Resource, SimProcess } from '../process/process.ts';
import type { Instance } from './instance.ts';

/** What a passage takes from one process to another: the open files of one CPU. */
export class OpenPages {
  readonly instance: Instance;
  readonly cpu: number;
  readonly lane: Lane;
  readonly scheduler: HostScheduler;
  #isOpen = true;

  constructor(instance: Instance, cpu: number, scheduler: HostScheduler) {
    this.instance = instance;
    this.cpu = cpu;
    this.scheduler = scheduler;
    this.lane = scheduler.lane(`pages of ${instance.name}, cpu ${cpu}, opened`);
    instance.openPages++;
  }

  get label(): string {
    return `cpu ${this.cpu} of ${this.instance.name}`;
  }

  claim(): boolean {
    const { claims } = this.instance;
    const claimed = claims.get(this.cpu) ?? this;
    claims.set(this.cpu, claimed);
    return claimed === this;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { instance, cpu } = this;
    instance.openPages--;
    if (instance.claims.get(cpu) === this) instance.claims.delete(cpu);
  }
}

/** Descriptors of one CPU: of its pages, and of its counts. */
export const DESCRIPTORS_OF_PAGES = 2;

export class SimKernelPages implements KernelPages, Resource {
  readonly descriptors = DESCRIPTORS_OF_PAGES;
  readonly #process: SimProcess;
  readonly #label: string;
  #open: OpenPages | undefined;
  #wait: Wait | undefined;

  constructor(process: SimProcess, open: OpenPages) {
    this.#process = process;
    this.#label = open.label;
    this.#open = open;
    process.hold(this);
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  claim(): OsResult<void> {
    return this.#process.attempt('kernel.claimPages', this.#label, () => {
      if (this.#open === undefined) return fail('EBADF');
      return this.#open.claim() ? ok(undefined) : fail('EAGAIN');
    });
  }

  read(into: Uint8Array): OsResult<number> {
    return this.#process.attempt('kernel.readPage', this.#label, () => {
      if (this.#open === undefined) return fail('EBADF');
      const { instance, cpu } = this.#open;
      assert(into.length >= instance.options.pageKb * 1024, 'a page has room where it is read to');
      const page = instance.takePage(cpu);
      if (page !== undefined) into.set(page);
      return ok(page?.length ?? 0);
    });
  }

  await(onReady: () => void): PagesWait {
    this.#process.enter('kernel.awaitPages', this.#label);
    assert(this.#open !== undefined, 'only open pages are awaited');
    assert(this.#wait === undefined, 'one wait for pages is pending at a time');
    const wait = new Wait(this.#process, this.#open, () => {
      this.#wait = undefined;
      onReady();
    });
    this.#wait = wait;
    return {
      close: () => {
        this.#process.enter('kernel.endWait', this.#label);
        if (this.#wait === wait) this.#wait = undefined;
        wait.end();
      },
    };
  }

  counts(): OsResult<KernelCounts> {
    return this.#process.attempt('kernel.pagesCounts', this.#label, () =>
      this.#open === undefined ? fail('EBADF') : ok(this.#open.instance.countsOf(this.#open.cpu)),
    );
  }

  /** This process has them no more, and does not close them. */
  forsake(): OpenPages {
    assert(this.#open !== undefined, 'only open pages are passed');
    assert(this.#wait === undefined, 'pages with a pending wait are not passed');
    const open = this.#open;
    this.#open = undefined;
    this.#process.drop(this);
    return open;
  }

  close(): void {
    this.#process.enter('kernel.closePages', this.#label);
    this.releaseAtEnd();
  }

  releaseAtEnd(): void {
    this.#wait?.end();
    this.#wait = undefined;
    if (this.#open === undefined) return;
    this.#open.close();
    this.#open = undefined;
    this.#process.drop(this);
  }
}

/** Ends when the buffer is full enough, a little later, unless it is no more by then. */
class Wait {
  readonly #process: SimProcess;
  readonly #open: OpenPages;
  readonly #onReady: () => void;
  #isPending = true;
  #isWoken = false;

  constructor(process: SimProcess, open: OpenPages, onReady: () => void) {
    this.#process = process;
    this.#open = open;
    this.#onReady = onReady;
    const { waiters } = open.instance;
    const those = waiters.get(open.cpu) ?? new Set();
    waiters.set(open.cpu, those.add(this));
    process.holds++;
    this.look();
  }

  look(): void {
    const { instance, cpu, scheduler, lane } = this.#open;
    if (this.#isWoken || !instance.isFull(cpu)) return;
    this.#isWoken = true;
    scheduler.post(lane, () => {
      this.#isWoken = this.#isPending && instance.isFull(cpu);
      if (this.#isWoken) this.#process.deliver('kernel pages', cpu, () => this.#wake());
    });
  }

  /** The process may have closed it since. */
  #wake(): void {
    if (!this.#isPending) return;
    this.end();
    this.#onReady();
  }

  end(): void {
    if (!this.#isPending) return;
    this.#isPending = false;
    this.#open.instance.waiters.get(this.#open.cpu)?.delete(this);
    this.#process.holds--;
  }
}
