/** The instances of kernel parts: made, and brought to have the events that rules mean. */
import { isMeant, meantEvents } from '../../kernel/rules.ts';
import type { KernelTracer } from '../../port/kernel-tracer.ts';
import type {
  EventChange,
  FailedInstance,
  KernelEffect,
  KernelEvent,
  WantedInstance,
} from '../contract/kernel.ts';
import { formatsOf } from './check.ts';

type Prepare = Extract<KernelEffect, { type: 'kernel.prepare' }>;
type Prepared = Omit<Extract<KernelEvent, { type: 'kernel.prepared' }>, 'type'>;
type EventsSet = Extract<KernelEvent, { type: 'kernel.eventsSet' }>;

export class InstanceEvents {
  readonly #kernel: KernelTracer;
  /** The filters that this process has set, by instance and event; undefined: none. */
  readonly #filters = new Map<string, Map<string, string | undefined>>();

  constructor(kernel: KernelTracer) {
    this.#kernel = kernel;
  }

  prepare({ instances, told }: Prepare): Prepared {
    const events = this.#kernel.events();
    if (!events.ok) {
      const failed = instances.map(({ name }) => ({ name, error: events.error }));
      return { formats: [], changes: [], failed };
    }
    const changes: EventChange[] = [];
    const failed: FailedInstance[] = [];
    const held = new Set<string>();
    for (const wanted of instances) {
      const { name, rules } = wanted;
      const enabled = this.#open(wanted);
      if (!enabled.ok) {
        failed.push({ name, error: enabled.error });
        continue;
      }
      for (const event of enabled.value) held.add(event);
      for (const event of events.value) {
        if (rules.some((rule) => isMeant(rule, event))) held.add(event);
      }
      changes.push(...this.#changesOf(wanted, events.value, enabled.value));
    }
    const untold = [...held].filter((event) => !told.has(event));
    return { formats: formatsOf(this.#kernel, untold), changes, failed };
  }

  set(changes: readonly EventChange[]): EventsSet['failed'] {
    return changes.flatMap(({ name, event, isOn, filter }) => {
      const set = this.#kernel.setEvent(name, event, isOn, filter);
      if (!set.ok) return [{ name, event, error: set.error }];
      const filters = this.#filters.get(name) ?? new Map<string, string | undefined>();
      this.#filters.set(name, filters);
      if (isOn) filters.set(event, filter);
      else filters.delete(event);
      return [];
    });
  }

  forget(names: readonly string[]): void {
    for (const name of names) this.#filters.delete(name);
  }

  /** The events that the instance has; it is made if it is missing. */
  #open({ name, options }: WantedInstance): ReturnType<KernelTracer['enabledEvents']> {
    const enabled = this.#kernel.enabledEvents(name);
    if (enabled.ok || enabled.error.code !== 'ENOENT') return enabled;
    const made = this.#kernel.makeInstance(name, options);
    return made.ok ? this.#kernel.enabledEvents(name) : made;
  }

  #changesOf(
    { name, rules, isActive }: WantedInstance,
    events: readonly string[],
    enabled: readonly string[],
  ): EventChange[] {
    const present = new Set(enabled);
    const filters = this.#filters.get(name);
    const meant = meantEvents(isActive ? rules.filter((rule) => rule.enabled) : [], events);
    const off = enabled.filter((event) => !meant.has(event));
    const on = [...meant].filter(([event, filter]) => {
      const isSet = present.has(event) && filters?.has(event) === true;
      return !isSet || filters.get(event) !== filter;
    });
    return [
      ...off.map((event) => ({ name, event, isOn: false })),
      ...on.map(([event, filter]) => ({
        name,
        event,
        isOn: true,
        ...(filter === undefined ? {} : { filter }),
      })),
    ];
  }
}

/** The instances where it failed. One that is not there records nothing. */
export function setRecording(
  kernel: KernelTracer,
  names: readonly string[],
  isOn: boolean,
): FailedInstance[] {
  return names.flatMap((name) => {
    const set = kernel.setRecording(name, isOn);
    const isDone = set.ok || (!isOn && set.error.code === 'ENOENT');
    return isDone ? [] : [{ name, error: set.error }];
  });
}
