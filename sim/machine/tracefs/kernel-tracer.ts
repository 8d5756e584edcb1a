/** The simulated kernel tracer of one process; only that of root may use it. */
import { fail, ok } from '../../../src/base/result.ts';
import {
  INSTANCE_NAME_CHARACTERS_MAX,
  type InstanceOptions,
  KERNEL_PAGE_BYTES_MAX,
  KERNEL_PAGE_BYTES_MIN,
  type KernelTracer,
} from '../../../src/port/kernel-tracer.ts';
import type { OsResult } from '../../../src/port/os-error.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import type { Found } from '../core/subject.ts';
import type { SimProcess } from '../process/process.ts';
import { eventName, formatText, KERNEL_EVENTS, type KernelEvent } from './events.ts';
import { type Filter, parseFilter } from './filter.ts';
import type { Instance } from './instance.ts';
import type { KernelEvents } from './kernel-events.ts';
import { DESCRIPTORS_OF_PAGES, OpenPages, SimKernelPages } from './open-pages.ts';

const PAGE_KB_MIN = KERNEL_PAGE_BYTES_MIN / 1024;
const PAGE_KB_MAX = KERNEL_PAGE_BYTES_MAX / 1024;
/** Memory for the buffers of one CPU; a larger one has none. */
const BUFFER_KB_MAX = 0x10_0000;
const PAGE_LAYOUT = [
  '\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;',
  '\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;',
  '\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;',
  '\tfield: char data;\toffset:16;\tsize:4080;\tsigned:0;',
  '',
].join('\n');

export function kernelTracerOf(
  events: KernelEvents,
  scheduler: HostScheduler,
  process: SimProcess,
): KernelTracer {
  const calls = new Calls(events, process);
  return {
    ...descriptionOf(calls, events),
    ...instancesOf(calls, events),
    ...recordingOf(calls),
    counts: (name, cpu) =>
      calls.within('kernel.counts', name, `cpu ${cpu} of ${name}`, (instance) =>
        events.isCpu(cpu) ? ok(instance.countsOf(cpu)) : fail('ENOENT'),
      ),
    openPages: (name, cpu) =>
      calls.within('kernel.openPages', name, `cpu ${cpu} of ${name}`, (instance) => {
        if (!events.isCpu(cpu)) return fail('ENOENT');
        if (!process.hasRoomFor(DESCRIPTORS_OF_PAGES)) return fail('EMFILE');
        return ok(new SimKernelPages(process, new OpenPages(instance, cpu, scheduler)));
      }),
  };
}

class Calls {
  readonly #events: KernelEvents;
  readonly #process: SimProcess;

  constructor(events: KernelEvents, process: SimProcess) {
    this.#events = events;
    this.#process = process;
  }

  attempt<T>(call: string, subject: string, act: () => Found<T>): OsResult<T> {
    return this.#process.attempt(call, subject, () => {
      const { refusal } = this.#events;
      if (refusal !== undefined) return fail(refusal);
      return this.#process.uid === 0 ? act() : fail('EACCES');
    });
  }

  /** As {@link attempt}, of an instance that is there. */
  within<T>(
    call: string,
    name: string,
    subject: string,
    act: (instance: Instance) => Found<T>,
  ): OsResult<T> {
    return this.attempt(call, subject, () => {
      if (!isName(name)) return fail('EINVAL');
      const instance = this.#events.instance(name);
      return instance === undefined ? fail('ENOENT') : act(instance);
    });
  }
}

function descriptionOf(
  calls: Calls,
  events: KernelEvents,
): Pick<KernelTracer, 'describe' | 'events' | 'format'> {
  return {
    describe: () =>
      calls.attempt('kernel.describe', 'tracefs', () =>
        ok({
          release: '6.18.0-simulated',
          version: '#1 SMP PREEMPT_DYNAMIC',
          machine: 'x86_64',
          tracers: ['function', 'nop'],
          clocks: ['local', 'global', 'counter', 'mono', 'mono_raw', 'boot'],
          cpus: events.cpus,
          pageKbMax: PAGE_KB_MAX,
          pageLayout: PAGE_LAYOUT,
          hasKprobes: false,
          hasUprobes: true,
        }),
      ),
    events: () =>
      calls.attempt('kernel.events', 'tracefs', () => ok(KERNEL_EVENTS.map(eventName).sort())),
    format: (name) =>
      calls.attempt('kernel.format', name, () => {
        const event = eventNamed(name);
        return event === undefined ? fail('ENOENT') : ok(formatText(event));
      }),
  };
}

function instancesOf(
  calls: Calls,
  events: KernelEvents,
): Pick<KernelTracer, 'instances' | 'makeInstance' | 'removeInstance'> {
  return {
    instances: () => calls.attempt('kernel.instances', 'tracefs', () => ok(events.instances)),
    makeInstance: (name, options) =>
      calls.attempt('kernel.makeInstance', name, () => {
        if (!isName(name) || !isShape(options)) return fail('EINVAL');
        if (events.instance(name) !== undefined) return fail('EEXIST');
        if (options.bufferKb > BUFFER_KB_MAX) return fail('ENOMEM');
        events.make(name, options);
        return ok(undefined);
      }),
    removeInstance: (name) =>
      calls.within('kernel.removeInstance', name, name, (instance) => {
        if (instance.openPages > 0) return fail('EAGAIN');
        events.remove(instance);
        return ok(undefined);
      }),
  };
}

function recordingOf(
  calls: Calls,
): Pick<KernelTracer, 'setRecording' | 'setEvent' | 'enabledEvents'> {
  return {
    setRecording: (name, isOn) =>
      calls.within('kernel.setRecording', name, name, (instance) => {
        instance.isRecording = isOn;
        return ok(undefined);
      }),
    setEvent: (name, event, isOn, filter) => {
      let detail: string | undefined;
      const set = calls.within('kernel.setEvent', name, `${event} in ${name}`, ({ enabled }) => {
        const known = eventNamed(event);
        if (known === undefined) return fail('ENOENT');
        const parsed = isOn ? filterOf(filter, known) : ok(undefined);
        if (!parsed.ok) {
          detail = parsed.error;
          return fail('EINVAL');
        }
        if (isOn) enabled.set(event, parsed.value);
        else enabled.delete(event);
        return ok(undefined);
      });
      return set.ok || detail === undefined ? set : fail({ ...set.error, detail });
    },
    enabledEvents: (name) =>
      calls.within('kernel.enabledEvents', name, name, ({ enabled }) =>
        ok([...enabled.keys()].sort()),
      ),
  };
}

function isName(name: string): boolean {
  return (
    name.length <= INSTANCE_NAME_CHARACTERS_MAX &&
    /^[^/\0]+$/.test(name) &&
    name !== '.' &&
    name !== '..'
  );
}

function isShape({ bufferKb, pageKb, wakePercent }: InstanceOptions): boolean {
  const isPage = pageKb >= PAGE_KB_MIN && pageKb <= PAGE_KB_MAX && isPowerOfTwo(pageKb);
  return (
    Number.isSafeInteger(bufferKb) &&
    bufferKb > 0 &&
    isPage &&
    Number.isInteger(wakePercent) &&
    wakePercent >= 0 &&
    wakePercent <= 100
  );
}

function isPowerOfTwo(count: number): boolean {
  return Number.isInteger(count) && (count & (count - 1)) === 0;
}

function eventNamed(name: string): KernelEvent | undefined {
  return KERNEL_EVENTS.find((event) => eventName(event) === name);
}

function filterOf(
  filter: string | undefined,
  event: KernelEvent,
): ReturnType<typeof parseFilter> | { readonly ok: true; readonly value: Filter | undefined } {
  if (filter === undefined) return ok(undefined);
  const text = filter.trim();
  return text === '' || text === '0' ? fail('the filter is empty') : parseFilter(text, event);
}
