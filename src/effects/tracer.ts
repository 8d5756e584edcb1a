/**
 * Handler of `tracer.*`: makes the streams of a thread what a registry wants them to be.
 *
 * A state is whole: it names every stream this thread has at one registry, so what it does not name is let go.
 * A stream that stays is not reopened. A registry that is lost changes nothing, because the buffers outlive
 * it: recording goes on into them until a registry says otherwise, or until their memory has been removed.
 *
 * A completed sub-buffer is announced to the consumer by one byte in its wake-up pipe (R1.21). That is a hint: when
 * it cannot be written at once it is left out, since a consumer also looks by itself.
 */
import { matchesGlob } from '../base/glob.ts';
import { fail, type Result } from '../base/result.ts';
import { type TimestampStore } from '../port/event-path.ts';
import type { PipeWriter } from '../port/named-pipes.ts';
import type { World } from '../port/world.ts';
import { readShape } from '../ring/format.ts';
import { attachWriter } from '../ring/writer.ts';
import { fieldsText } from '../tracer/signature.ts';
import type { EventDescription, EventMatch, Tracer } from '../tracer/tracer.ts';
import type { StateMessage, StreamGrant, TracepointInfo } from '../wire/app/messages.ts';
import { FIELDS_TEXT_CHARACTERS_MAX, LIST_ENTRIES_MAX } from '../wire/limits.ts';
import type { Deliver, EffectHandler } from './contract/effects.ts';
import type { TracerEffect } from './contract/tracer.ts';

/** One announcement of tracepoints is about this long at most, far below what a frame holds. */
const ANNOUNCEMENT_CHARACTERS_MAX = 64 * 1024;
const WAKE_BYTE = Uint8Array.of(1);

type TracerWorld = Pick<World, 'log' | 'memory' | 'pipes'>;
type Rule = StateMessage['sessions'][number]['channels'][number]['rules'][number];

export interface TracerHandlerOptions {
  readonly tracer: Tracer;
  readonly now: TimestampStore;
  /** Both registrations have got as far as they can at the moment. */
  readonly onSettled: () => void;
  /** Runs what happens inside the recording of an event; a program's library catches what it throws. */
  readonly shield?: (call: () => void) => void;
  /** Patterns of the rules in force, before a state is applied: the place to define what only they name. */
  readonly onPatterns?: (patterns: readonly string[]) => void;
}

export interface TracerHandler {
  readonly handle: EffectHandler<TracerEffect>;
  /** Lets go of all streams: nothing is recorded any more. */
  close(): void;
}

/** What a state wants of one stream. */
interface Wanted {
  readonly key: string;
  readonly scope: string;
  readonly grant: StreamGrant;
  /** In force; none while the session is not active. */
  readonly rules: readonly Rule[];
  /** The same, to be compared. */
  readonly rulesText: string;
}

interface Held {
  readonly scope: string;
  readonly grant: StreamGrant;
  rulesText: string;
  detachMemory(): void;
}

export function createTracerHandler(
  world: TracerWorld,
  deliver: Deliver,
  { tracer, now, onSettled, onPatterns, shield = (call) => call() }: TracerHandlerOptions,
): TracerHandler {
  const held = new Map<string, Held>();
  const wakes = new Map<string, PipeWriter>();
  /** How many tracepoints each registry knows. */
  const announced = new Map<string, number>();

  function apply(scope: string, state: StateMessage): void {
    const wanted = wantedStreams(scope, state);
    onPatterns?.([...wanted.values()].flatMap(({ rules }) => rules.map(({ pattern }) => pattern)));
    // First what stays and what is new, so that no tracepoint is disabled in between.
    for (const stream of wanted.values()) keepOrAttach(stream);
    for (const [key, stream] of held) {
      if (stream.scope === scope && !wanted.has(key)) detach(key, stream);
    }
    closeUnusedWakes();
  }

  function keepOrAttach(wanted: Wanted): void {
    const { key, rules, rulesText } = wanted;
    const stream = held.get(key);
    if (stream !== undefined && isMemoryGone(stream)) detach(key, stream);
    else if (stream !== undefined) {
      if (stream.rulesText === rulesText) return;
      stream.rulesText = rulesText;
      tracer.updateStream(key, matchRules(rules));
      return;
    }
    const attached = attach(wanted);
    if (attached.ok) return;
    const { streamId } = wanted.grant;
    world.log('warn', 'Cannot record into a stream', {
      'stream-id': streamId,
      reason: attached.error,
    });
  }

  function attach({ key, scope, grant, rules, rulesText }: Wanted): Result<void, string> {
    const { dataSegment, positionSegment, wakePath } = grant;
    const data = world.memory.attachWritable(dataSegment);
    if (!data.ok) return fail(`data segment ${dataSegment}: ${data.error.code}`);
    const position = world.memory.attachReadable(positionSegment);
    if (!position.ok) {
      data.value.detach();
      return fail(`position segment ${positionSegment}: ${position.error.code}`);
    }
    const detachMemory = (): void => {
      data.value.detach();
      position.value.detach();
    };
    const shape = readShape(data.value);
    const isAsGranted = shape.ok && isSameShape(grant, shape.value);
    const writer = attachWriter({
      data: data.value,
      position: position.value,
      now,
      onSwitch: () => shield(() => wake(wakePath)),
      onOversized: (bytes, subbufferBytes) =>
        world.log('warn', 'Event is larger than a sub-buffer', { bytes, subbufferBytes }),
    });
    if (!writer.ok || !isAsGranted) {
      detachMemory();
      return fail(
        writer.ok ? 'the segment holds another stream than the granted one' : writer.error,
      );
    }
    held.set(key, { scope, grant, rulesText, detachMemory });
    const attached = tracer.attachStream({ key, writer: writer.value, matches: matchRules(rules) });
    if (!attached.ok) {
      held.delete(key);
      detachMemory();
    }
    return attached;
  }

  function detach(key: string, stream: Held): void {
    held.delete(key);
    tracer.detachStream(key);
    stream.detachMemory();
  }

  function isMemoryGone({ grant }: Held): boolean {
    const info = world.memory.info(grant.dataSegment);
    return !info.ok && info.error.code === 'EIDRM';
  }

  /** Runs inside the recording of an event: no allocation to speak of, no waiting. */
  function wake(path: string): void {
    let writer = wakes.get(path);
    if (writer === undefined) {
      const opened = world.pipes.openWriter(path);
      if (!opened.ok) return;
      writer = opened.value;
      wakes.set(path, writer);
    }
    if (writer.write(WAKE_BYTE)) return;
    // Full, or its reader is gone: the next sub-buffer tries anew.
    writer.close();
    wakes.delete(path);
  }

  function closeUnusedWakes(): void {
    const used = new Set([...held.values()].map(({ grant }) => grant.wakePath));
    for (const [path, writer] of wakes) {
      if (used.has(path)) continue;
      writer.close();
      wakes.delete(path);
    }
  }

  /** The registry is lost. Its successor knows none of our tracepoints. */
  function lose(scope: string): void {
    announced.delete(scope);
    for (const [key, stream] of held) {
      if (stream.scope === scope && isMemoryGone(stream)) detach(key, stream);
    }
    closeUnusedWakes();
  }

  /** Answers with what the registry has not been told yet, in portions. */
  function describe(scope: string, from: string): void {
    const all = tracer.list();
    const portions = portionsOf(all.slice(announced.get(scope) ?? 0));
    announced.set(scope, all.length);
    for (const defined of portions) deliver(from, { type: 'tracer.described', scope, defined });
  }

  return {
    handle(effect, from) {
      switch (effect.type) {
        case 'tracer.apply':
          apply(effect.scope, effect.state);
          deliver(from, {
            type: 'tracer.applied',
            scope: effect.scope,
            revision: effect.state.revision,
          });
          return;
        case 'tracer.detach':
          lose(effect.scope);
          return;
        case 'tracer.describe':
          describe(effect.scope, from);
          return;
        case 'tracer.settled':
          onSettled();
      }
    },
    close() {
      for (const [key, stream] of held) detach(key, stream);
      closeUnusedWakes();
    },
  };
}

function wantedStreams(scope: string, state: StateMessage): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  for (const { uuid, active, channels } of state.sessions) {
    for (const { stream: grant, rules: all } of channels) {
      const rules = active ? all : [];
      // Memory has part in the identity: a registry that starts over may give the same numbers again.
      const key = `${scope}/${uuid}/${grant.streamId}/${grant.dataSegment}/${grant.positionSegment}`;
      wanted.set(key, { key, scope, grant, rules, rulesText: JSON.stringify(rules) });
    }
  }
  return wanted;
}

function isSameShape(
  grant: StreamGrant,
  found: StreamGrant['shape'] & { streamId: number },
): boolean {
  const { shape, streamId } = grant;
  return (
    streamId === found.streamId &&
    shape.subbufferBytes === found.subbufferBytes &&
    shape.subbufferCount === found.subbufferCount &&
    shape.overwrite === found.overwrite
  );
}

function matchRules(rules: readonly Rule[]): EventMatch {
  return (name, logLevel) =>
    rules.some(({ pattern, logLevelMax }) => logLevel <= logLevelMax && matchesGlob(pattern, name));
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
