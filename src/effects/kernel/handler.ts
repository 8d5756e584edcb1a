/** Handler of `kernel.*`: the kernel's tracer, for a registry that root runs (R1.24). */
import type { World } from '../../port/world.ts';
import type { Deliver, EffectHandler } from '../contract/effects.ts';
import type { KernelEffect } from '../contract/kernel.ts';
import { faultIn, formatsOf } from './check.ts';
import { InstanceEvents, setRecording } from './instances.ts';
import { PagePassages } from './passages.ts';
import { InstanceRemovals } from './removals.ts';

export function createKernelHandler(
  world: Pick<World, 'kernel' | 'network' | 'clock' | 'log'>,
  deliver: Deliver,
): EffectHandler<KernelEffect> {
  const { kernel } = world;
  const events = new InstanceEvents(kernel);
  const removals = new InstanceRemovals(world);
  const passages = new PagePassages(world, deliver);
  return (effect, from) => {
    switch (effect.type) {
      case 'kernel.describe': {
        const { key } = effect;
        const described = kernel.describe();
        return deliver(
          from,
          described.ok
            ? { type: 'kernel.described', key, kernel: described.value }
            : { type: 'kernel.failed', key, error: described.error },
        );
      }
      case 'kernel.list': {
        const { key } = effect;
        const listed = kernel.events();
        return deliver(
          from,
          listed.ok
            ? { type: 'kernel.listed', key, events: listed.value }
            : { type: 'kernel.failed', key, error: listed.error },
        );
      }
      case 'kernel.readFormats': {
        const formats = formatsOf(kernel, effect.events);
        return deliver(from, { type: 'kernel.formatsRead', key: effect.key, formats });
      }
      case 'kernel.checkRules': {
        const { key, name, rules } = effect;
        const fault = faultIn(kernel, name, rules);
        const found = fault === undefined ? {} : { fault };
        return deliver(from, { type: 'kernel.rulesChecked', key, ...found });
      }
      case 'kernel.prepare':
        return deliver(from, { type: 'kernel.prepared', ...events.prepare(effect) });
      case 'kernel.setEvents':
        return deliver(from, { type: 'kernel.eventsSet', failed: events.set(effect.changes) });
      case 'kernel.setRecording':
        return deliver(from, {
          type: 'kernel.recordingSet',
          failed: setRecording(kernel, effect.names, effect.isOn),
        });
      case 'kernel.openPassage':
      case 'kernel.pass':
      case 'kernel.closePassage':
        return passages.perform(effect, from);
      case 'kernel.remove':
        return removals.remove(effect.names, (left) => {
          events.forget(effect.names);
          deliver(from, { type: 'kernel.removed', left });
        });
      case 'kernel.sweep':
        return removals.sweep(effect.prefix, effect.kept);
    }
  };
}
