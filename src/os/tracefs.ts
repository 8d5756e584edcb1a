/**
 * The real kernel tracer: files of tracefs, as `Documentation/trace/ftrace.rst` and `events.rst` of Linux describe
 * them. An instance is a directory in `instances`, with files of the same names.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import {
  INSTANCE_NAME_CHARACTERS_MAX,
  type InstanceOptions,
  KERNEL_CPUS_MAX,
  KERNEL_PAGE_BYTES_MAX,
  KERNEL_PAGE_BYTES_MIN,
  type KernelDescription,
  type KernelTracer,
} from '../port/kernel-tracer.ts';
import { thrownErrno } from './errors.ts';
import { readCounts } from './kernel-counts.ts';
import { openPages } from './kernel-pages.ts';
import type { PagesPoll } from './pages-poll.ts';
import { attempt, Refusal, readText, tracefsRoot, writeText } from './tracefs-files.ts';
import { setFilter } from './tracefs-filter.ts';

const CPUS_ONLINE = '/sys/devices/system/cpu/online';
const SHORT_BYTES_MAX = 4096;
/** The longest that `src/kernel/event-format.ts` reads. */
const FORMAT_BYTES_MAX = 64 * 1024;
/** Linux 6.18 has 62 KiB of names. */
const EVENTS_BYTES_MAX = 4 * 1024 * 1024;
const EVENT = /^[\w-]+:[\w-]+$/;
const PAGE_KB_FILE = 'buffer_subbuf_size_kb';
const PAGE_KB_MIN = KERNEL_PAGE_BYTES_MIN / 1024;
const PAGE_KB_MAX = KERNEL_PAGE_BYTES_MAX / 1024;
const PERCENT_MAX = 100;

export function createKernelTracer(poll: PagesPoll): KernelTracer {
  return {
    describe: () => attempt('kernel.describe', 'tracefs', describe),
    events: () =>
      attempt('kernel.events', 'tracefs', () => eventsIn(`${tracefsRoot()}/available_events`)),
    format: (event) =>
      attempt('kernel.format', event, () =>
        readText(`${eventIn(tracefsRoot(), event)}/format`, FORMAT_BYTES_MAX),
      ),
    instances: () =>
      attempt('kernel.instances', 'tracefs', () =>
        fs.readdirSync(`${tracefsRoot()}/instances`).sort(),
      ),
    makeInstance: (name, options) =>
      attempt('kernel.makeInstance', name, () => makeInstance(instance(name), options)),
    removeInstance: (name) =>
      attempt('kernel.removeInstance', name, () => removeInstance(instance(name))),
    setRecording: (name, isOn) =>
      attempt('kernel.setRecording', name, () => setSwitch(`${instance(name)}/tracing_on`, isOn)),
    setEvent: (name, event, isOn, filter) =>
      attempt('kernel.setEvent', `${event} in ${name}`, () =>
        setEvent(eventIn(instance(name), event), isOn, filter),
      ),
    enabledEvents: (name) =>
      attempt('kernel.enabledEvents', name, () => eventsIn(`${instance(name)}/set_event`)),
    counts: (name, cpu) => {
      const [call, subject] = ['kernel.counts', `cpu ${cpu} of ${name}`];
      return attempt(call, subject, () => countsIn(cpuIn(instance(name), cpu)));
    },
    openPages: (name, cpu) => {
      const [call, subject] = ['kernel.openPages', `cpu ${cpu} of ${name}`];
      const directory = attempt(call, subject, () => cpuIn(instance(name), cpu));
      return directory.ok ? openPages(poll, directory.value, call, subject) : directory;
    },
  };
}

function describe(): KernelDescription {
  const root = tracefsRoot();
  const short = (file: string): string => readText(`${root}/${file}`, SHORT_BYTES_MAX);
  return {
    release: os.release(),
    version: os.version(),
    machine: os.machine(),
    tracers: wordsIn(short('available_tracers')),
    // The clock in use is in brackets.
    clocks: wordsIn(short('trace_clock').replaceAll(/[[\]]/g, '')),
    cpus: cpusIn(readText(CPUS_ONLINE, SHORT_BYTES_MAX)),
    pageKbMax: pageKbMax(root),
    pageLayout: short('events/header_page'),
    hasKprobes: fs.existsSync(`${root}/kprobe_events`),
    hasUprobes: fs.existsSync(`${root}/uprobe_events`),
  };
}

function wordsIn(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** The numbers in a list of ranges: `0-3,5`. */
function cpusIn(text: string): number[] {
  const cpus: number[] = [];
  for (const [, first, last = first] of text.matchAll(/(\d+)(?:-(\d+))?/g)) {
    for (let cpu = Number(first); cpu <= Number(last); cpu++) {
      if (cpus.length === KERNEL_CPUS_MAX) return cpus;
      cpus.push(cpu);
    }
  }
  return cpus;
}

function eventsIn(file: string): string[] {
  return readText(file, EVENTS_BYTES_MAX)
    .split('\n')
    .filter((line) => EVENT.test(line))
    .sort();
}

/** Its directory. */
function instance(name: string): string {
  const isName =
    name.length <= INSTANCE_NAME_CHARACTERS_MAX && /^[^/\0]+$/.test(name) && !/^\.\.?$/.test(name);
  if (!isName) throw new Refusal('EINVAL', 'no instance can have this name');
  return `${tracefsRoot()}/instances/${name}`;
}

function eventIn(directory: string, event: string): string {
  if (!EVENT.test(event)) throw new Refusal('ENOENT', 'no event has this name');
  return `${directory}/events/${event.replace(':', '/')}`;
}

function cpuIn(directory: string, cpu: number): string {
  if (!Number.isSafeInteger(cpu) || cpu < 0) throw new Refusal('ENOENT', 'no CPU has this number');
  return `${directory}/per_cpu/cpu${cpu}`;
}

function setSwitch(file: string, isOn: boolean): void {
  writeText(file, isOn ? '1' : '0');
}

function makeInstance(directory: string, options: InstanceOptions): void {
  const { bufferKb, pageKb, overwrite, wakePercent } = options;
  const isPercent = Number.isInteger(wakePercent) && wakePercent >= 0 && wakePercent <= PERCENT_MAX;
  if (!Number.isSafeInteger(bufferKb) || bufferKb < 1 || !isPageKb(pageKb) || !isPercent)
    throw new Refusal('EINVAL', 'the buffers cannot have this shape');
  fs.mkdirSync(directory);
  try {
    setSwitch(`${directory}/tracing_on`, false);
    writeText(`${directory}/trace_clock`, 'mono');
    setSwitch(`${directory}/options/overwrite`, overwrite);
    setPageKb(directory, pageKb);
    writeText(`${directory}/buffer_size_kb`, String(bufferKb));
    writeText(`${directory}/buffer_percent`, String(wakePercent));
  } catch (thrown) {
    fs.rmdirSync(directory);
    throw thrown;
  }
}

function isPageKb(pageKb: number): boolean {
  return pageKb >= PAGE_KB_MIN && Number.isInteger(Math.log2(pageKb));
}

/** Older kernels have pages of 4 KiB alone, and no file for others. */
function pageKbMax(directory: string): number {
  return fs.existsSync(`${directory}/${PAGE_KB_FILE}`) ? PAGE_KB_MAX : PAGE_KB_MIN;
}

function setPageKb(directory: string, pageKb: number): void {
  if (pageKb > pageKbMax(directory)) throw new Refusal('EINVAL', `no page has ${pageKb} KiB here`);
  if (pageKb > PAGE_KB_MIN) writeText(`${directory}/${PAGE_KB_FILE}`, String(pageKb));
}

function removeInstance(directory: string): void {
  try {
    fs.rmdirSync(directory);
  } catch (thrown) {
    if (thrownErrno(thrown) === 'EBUSY')
      throw new Refusal('EAGAIN', 'a process has files of it open');
    throw thrown;
  }
}

function setEvent(directory: string, isOn: boolean, filter: string | undefined): void {
  fs.accessSync(directory);
  if (isOn) setFilter(`${directory}/filter`, filter);
  setSwitch(`${directory}/enable`, isOn);
}

function countsIn(directory: string): ReturnType<typeof readCounts> {
  const fd = fs.openSync(`${directory}/stats`, fs.constants.O_RDONLY);
  try {
    return readCounts(fd);
  } finally {
    fs.closeSync(fd);
  }
}
