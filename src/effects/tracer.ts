/** Handler of `tracer.*`: attaches the streams that registries grant to a thread, and describes its tracepoints. */

import {
  AttachedStreams,
  type AttachedStreamsOptions,
  type AttachingWorld,
  type WantedStream,
} from '../tracer/attached-streams.ts';
import { fieldsText } from '../tracer/signature.ts';
import type { EventDescription } from '../tracer/tracer.ts';
import type { StateMessage, TracepointInfo } from '../wire/app/messages.ts';
import { FIELDS_TEXT_CHARACTERS_MAX, LIST_ENTRIES_MAX } from '../wire/limits.ts';
import type { Deliver, EffectHandler } from './contract/effects.ts';
import type { TracerEffect } from './contract/tracer.ts';

/** The approximate size of the longest announcement of tracepoints, far below the size of a frame. */
const ANNOUNCEMENT_CHARACTERS_MAX = 64 * 1024;

export interface TracerHandlerOptions extends AttachedStreamsOptions {
  /** Both registrations are complete or wait for a registry. */
  readonly onSettled: () => void;
}

export interface TracerHandler {
  readonly handle: EffectHandler<TracerEffect>;
  /** Detaches all streams: recording ends. */
  close(): void;
}

export function createTracerHandler(
  world: AttachingWorld,
  deliver: Deliver,
  options: TracerHandlerOptions,
): TracerHandler {
  const { tracer, onSettled } = options;
  const streams = new AttachedStreams(world, options);
  /** How many tracepoints have been described to each registry. */
  const announced = new Map<string, number>();

  /** Delivers the tracepoints that are new to the registry, in portions. */
  function describe(scope: string, from: string): void {
    const all = tracer.list();
    const portions = portionsOf(all.slice(announced.get(scope) ?? 0));
    announced.set(scope, all.length);
    for (const defined of portions) deliver(from, { type: 'tracer.described', scope, defined });
  }

  return {
    handle(effect, from) {
      switch (effect.type) {
        case 'tracer.apply': {
          const { scope, state } = effect;
          const refused = streams.apply(scope, wantedStreams(state));
          deliver(from, { type: 'tracer.applied', scope, revision: state.revision, refused });
          return;
        }
        case 'tracer.detach':
          // The successor of a lost registry knows none of our tracepoints.
          announced.delete(effect.scope);
          return streams.lose(effect.scope);
        case 'tracer.describe':
          return describe(effect.scope, from);
        case 'tracer.settled':
          return onSettled();
      }
    },
    close: () => streams.close(),
  };
}

/** A session that is not active has streams but no rules. */
function wantedStreams({ sessions }: StateMessage): WantedStream[] {
  return sessions.flatMap(({ uuid, active, channels }) =>
    channels.map(({ stream, rules: all, contexts }) => {
      const rules = active ? all : [];
      return { sessionUuid: uuid, memory: stream, rules, contexts };
    }),
  );
}

function portionsOf(descriptions: readonly EventDescription[]): TracepointInfo[][] {
  const portions: TracepointInfo[][] = [];
  let characters = Number.POSITIVE_INFINITY;
  for (const { name, logLevel, fields } of descriptions) {
    const info = { name, logLevel, fields: fieldsText(fields, FIELDS_TEXT_CHARACTERS_MAX) };
    const last = portions.at(-1);
    characters += info.name.length + info.fields.length;
    if (
      last === undefined ||
      characters > ANNOUNCEMENT_CHARACTERS_MAX ||
      last.length === LIST_ENTRIES_MAX
    ) {
      portions.push([info]);
      characters = info.name.length + info.fields.length;
    } else last.push(info);
  }
  return portions;
}
