/**
 * What conformance scripts of the kernel tracer share. The events are calls openat(2) of the script's own process,
 * which a filter tells from those of others: it runs on any CPU, so the scripts read the pages of all.
 */
import { parsePageLayout } from '../../../src/kernel/page-layout.ts';
import { PageReader } from '../../../src/kernel/page-reader.ts';
import type { InstanceOptions, KernelPages } from '../../../src/port/kernel-tracer.ts';
import { must, type Stage } from '../stage.ts';

export const EVENT = 'syscalls:sys_enter_openat';
export const SMALL: InstanceOptions = {
  bufferKb: 8,
  pageKb: 4,
  overwrite: false,
  wakePercent: 50,
};
export const LARGE: InstanceOptions = { ...SMALL, bufferKb: 1024 };

/** The instance of this process. */
export function nameOf(stage: Stage): string {
  return `lttng-ts-conformance-${stage.world.identity.pid}`;
}

/** Makes an instance that records this process's calls as soon as recording is on. */
export function makeInstance(stage: Stage, options: InstanceOptions): string {
  const name = nameOf(stage);
  const { kernel } = stage.world;
  must(kernel.makeInstance(name, options));
  must(kernel.setEvent(name, EVENT, true, stage.fileCalls.filter));
  return name;
}

export function openAll({ world }: Stage, name: string): readonly KernelPages[] {
  const { kernel } = world;
  return must(kernel.describe()).cpus.map((cpu) => must(kernel.openPages(name, cpu)));
}

export function layoutOf({ world }: Stage): string {
  return must(world.kernel.describe()).pageLayout;
}

export interface Read {
  readonly records: number;
  /** As the pages say. */
  readonly lost: number;
  readonly isInOrder: boolean;
  readonly faults: number;
  /** When the newest event happened. */
  readonly newest: bigint;
}

/** Everything that the pages have now. */
export function readAll(all: readonly KernelPages[], layout: string): Read {
  const parsed = parsePageLayout(layout);
  if (!parsed.ok) throw new Error(parsed.error);
  const reader = new PageReader(parsed.value);
  const page = new Uint8Array(SMALL.pageKb * 1024);
  let [records, lost, faults] = [0, 0, 0];
  let [isInOrder, newest] = [true, 0n];
  for (const pages of all) {
    let before = 0n;
    while (must(pages.read(page)) > 0) {
      if (!reader.open(page).ok) faults++;
      lost += Number(reader.lost);
      while (reader.next()) {
        const time = reader.begin + BigInt(reader.sinceBegin);
        isInOrder &&= time >= before;
        before = time;
        records++;
      }
      if (reader.fault !== undefined) faults++;
    }
    if (before > newest) newest = before;
  }
  return { records, lost, isInOrder, faults, newest };
}

export function sumOf(
  all: readonly KernelPages[],
  key: 'entries' | 'overrun' | 'dropped' | 'read',
): number {
  return all.reduce((sum, pages) => sum + must(pages.counts())[key], 0);
}

export function yes(is: boolean): string {
  return is ? 'yes' : 'no';
}
