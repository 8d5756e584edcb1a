/** Actions of a kernel link that bring the kernel's tracer to what the session wants (`machine.ts`). */
import { assert } from '../../../src/base/assert.ts';
import { act, emit, on } from '../../../src/runtime/act.ts';
import { tell } from '../../../src/runtime/tell.ts';
import type { ToConsumer } from '../../../src/wire/control/messages.ts';
import { portionsOf } from '../../../src/wire/frames.ts';
import { trialName } from '../kernel-names.ts';
import { EVENTS_SET_MAX } from '../limits.ts';
import type { FromKernelLink, ToSession } from '../messages.ts';
import { instancesOf, namesOf } from './context.ts';
import { kernelLinkActions, type Parts } from './scene.ts';

/** The link asks for one description at a time. */
const DESCRIPTION = 'description';

export const tracingActions = kernelLinkActions({
  describe: emit({ type: 'kernel.describe' as const, key: DESCRIPTION }),

  keepDescription: on('kernel.described', ({ context, event: { kernel }, enqueue }) => {
    const { cpus, pageLayout } = kernel;
    enqueue.assign({ cpus, pageLayout, isUnusable: false });
    const isSame =
      cpus.length === context.cpus.length && cpus.every((cpu) => context.cpus.includes(cpu));
    if (!isSame) say({ context, enqueue }, { type: 'kernel.ready', cpus });
  }),

  /** Later attempts fail without a further line. */
  noteUnusable: on('kernel.failed', ({ context, event: { error }, enqueue }) => {
    enqueue.assign({ refused: error.code, isUnusable: true });
    if (context.isUnusable) return;
    const { uuid } = context;
    enqueue.emit({
      type: 'log.write',
      event: 'kernel.unusable',
      fields: { uuid, code: error.code, call: error.call },
    });
  }),

  keepWanted: on('kernel.wanted', ({ event, enqueue }) => enqueue.assign({ wanted: event })),

  take: act(({ context, enqueue }) =>
    enqueue.assign({
      taken: context.wanted,
      isPrepared: false,
      refused: undefined,
      changes: [],
    }),
  ),

  halt: emit(({ context }) => ({
    type: 'kernel.setRecording' as const,
    names: namesOf(context),
    isOn: false,
  })),

  record: emit(({ context }) => ({
    type: 'kernel.setRecording' as const,
    names: namesOf(context).filter((name) => context.made.has(name)),
    isOn: true,
  })),

  prepare: emit(({ context }) => ({
    type: 'kernel.prepare' as const,
    instances: instancesOf(context),
    told: context.told,
  })),

  /** The consumer learns of the events before the kernel records them. */
  keepPrepared: on('kernel.prepared', ({ context, event, enqueue }) => {
    const { formats, changes, failed } = event;
    const failing = new Set(failed.map(({ name }) => name));
    for (const { name, error } of failed) logFailed({ context, enqueue }, name, error);
    const made = namesOf(context).filter((name) => !failing.has(name));
    enqueue.assign({
      changes,
      isPrepared: true,
      made: new Set([...context.made, ...made]),
      refused: context.refused ?? failed[0]?.error.code,
    });
    const { consumer, isBriefed, pageLayout, told } = context;
    if (consumer === undefined || pageLayout === undefined) return;
    if (!isBriefed) tellConsumer({ context, enqueue }, { type: 'kernel.layout', text: pageLayout });
    for (const portion of portionsOf(formats)) {
      if (portion.length > 0) {
        tellConsumer({ context, enqueue }, { type: 'kernel.formats', formats: portion });
      }
    }
    const known = formats.map(({ event: name }) => name);
    enqueue.assign({ isBriefed: true, told: new Set([...told, ...known]) });
  }),

  setNext: emit(({ context }) => ({
    type: 'kernel.setEvents' as const,
    changes: context.changes.slice(0, EVENTS_SET_MAX),
  })),

  noteSet: on('kernel.eventsSet', ({ context, event: { failed }, enqueue }) => {
    enqueue.assign({ changes: context.changes.slice(EVENTS_SET_MAX) });
    // A filter that does not fit an event selects none of its records: it is not enabled.
    const [first] = failed.filter(({ error }) => error.code !== 'EINVAL');
    if (first === undefined) return;
    const { name: instance, event: name, error } = first;
    enqueue.emit({
      type: 'log.write',
      event: 'kernel.eventsFailed',
      fields: { instance, event: name, code: error.code, events: failed.length },
    });
  }),

  noteRecording: on('kernel.recordingSet', ({ context, event: { failed }, enqueue }) => {
    const gone = new Set(failed.map(({ name }) => name));
    for (const { name, error } of failed) logFailed({ context, enqueue }, name, error);
    if (failed.length === 0) return;
    // Another program has removed it. The next change makes it again.
    enqueue.assign({
      made: new Set([...context.made].filter((name) => !gone.has(name))),
      refused: context.refused ?? failed[0]?.error.code,
    });
  }),

  sayApplied: act((scene) => {
    const { taken, refused } = scene.context;
    assert(taken !== undefined, 'pre:kernel-link.sayApplied:has-taken');
    const { version } = taken;
    const why = refused === undefined ? {} : { refused };
    say(scene, { type: 'kernel.applied', version, ...why });
  }),

  check: on('kernel.check', ({ context, event, enqueue }) => {
    const { operation, replyTo } = event;
    const { patterns, kind, filter } = operation;
    enqueue.assign({ checks: [...context.checks, { operation, replyTo }] });
    enqueue.emit({
      type: 'kernel.checkRules',
      key: `${replyTo.link} ${replyTo.id}`,
      name: trialName(context),
      rules: patterns.map((pattern) => ({
        pattern,
        enabled: true,
        ...(kind === undefined ? {} : { kind }),
        ...(filter === undefined ? {} : { filter }),
      })),
    });
  }),

  sayChecked: on('kernel.rulesChecked', ({ context, event, enqueue }) => {
    const [first, ...checks] = context.checks;
    assert(first !== undefined, 'pre:kernel-link.sayChecked:was-asked');
    enqueue.assign({ checks });
    const { fault } = event;
    const found = fault === undefined ? {} : { fault };
    say({ context, enqueue }, { type: 'kernel.checked', ...first, ...found });
  }),
});

export function say({ context, enqueue }: Parts, message: FromKernelLink): void {
  tell<ToSession>(enqueue, context.session, message);
}

export function tellConsumer(parts: Parts, message: ToConsumer): void {
  say(parts, { type: 'kernel.tell', message });
}

function logFailed(
  { enqueue }: Parts,
  instance: string,
  { code, call }: { readonly code: string; readonly call: string },
): void {
  enqueue.emit({
    type: 'log.write',
    event: 'kernel.instanceFailed',
    fields: { instance, code, call },
  });
}
