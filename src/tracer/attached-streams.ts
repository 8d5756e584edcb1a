/**
 * The streams that a thread records into, as its registries grant them.
 *
 * A registry always sends the complete list of this thread's streams, so a stream that is not in the list is detached.
 * A stream that stays is not reopened. The loss of a registry changes nothing, because the buffers outlive it:
 * recording continues until a registry sends another list, or until the memory of the buffers has been removed.
 */
import { fail, type Result } from '../base/result.ts';
import type { TimestampStore } from '../port/event-path.ts';
import type { SegmentRef } from '../port/shared-memory.ts';
import type { World } from '../port/world.ts';
import { readShape, type StreamShape } from '../ring/format.ts';
import type { RingShape } from '../ring/layout.ts';
import { attachWriter } from '../ring/writer.ts';
import { contextsBy, matchRules, type StreamRule } from './event-rules.ts';
import type { TracedStream, Tracer } from './tracer.ts';
import { WakePipes } from './wake-pipes.ts';

export type AttachingWorld = Pick<World, 'log' | 'memory' | 'pipes'>;

/** A stream's memory as its registry created it. */
export interface StreamMemory {
  readonly streamId: number;
  readonly dataSegment: SegmentRef;
  readonly positionSegment: SegmentRef;
  readonly shape: RingShape;
  /** The consumer's named pipe. */
  readonly wakePath: string;
}

export interface WantedStream {
  readonly sessionUuid: string;
  readonly memory: StreamMemory;
  /** The rules in force; none while the session is not active. */
  readonly rules: readonly StreamRule[];
  /** The contexts of the channel; absent: none. */
  readonly contexts?: readonly string[] | undefined;
}

export interface AttachedStreamsOptions {
  readonly tracer: Tracer;
  readonly now: TimestampStore;
  /** Wraps the calls to the World inside the recording of an event; a program's library catches what they throw. */
  readonly shield?: (call: () => void) => void;
  /** Called with the patterns of the rules before they are applied, so that tracepoints can be defined on demand. */
  readonly onPatterns?: (patterns: readonly string[]) => void;
}

/** A session with a stream that the thread does not record into; `code` is an errno name. */
export interface RefusedSession {
  readonly session: string;
  readonly code: string;
}

interface Refusal {
  readonly code: string;
  readonly reason: string;
}

interface AttachedStream {
  readonly scope: string;
  readonly memory: StreamMemory;
  /** Rules and contexts as text, for comparison. */
  rulesText: string;
  detachMemory(): void;
}

export class AttachedStreams {
  readonly #world: AttachingWorld;
  readonly #options: AttachedStreamsOptions;
  readonly #wakePipes: WakePipes;
  /** By {@link keyOf}. */
  readonly #attached = new Map<string, AttachedStream>();
  /** Keys of the wanted streams that could not be attached. */
  readonly #refused = new Set<string>();

  constructor(world: AttachingWorld, options: AttachedStreamsOptions) {
    this.#world = world;
    this.#options = options;
    this.#wakePipes = new WakePipes(world.pipes);
  }

  /**
   * Makes these the streams of a registry. `scope` names the registry. Returns the sessions with a stream that could
   * not be attached: it is attempted again at the next call.
   */
  apply(scope: string, streams: readonly WantedStream[]): readonly RefusedSession[] {
    const wanted = new Map(streams.map((stream) => [keyOf(scope, stream), stream]));
    this.#options.onPatterns?.(
      [...wanted.values()].flatMap(({ rules }) => rules.map(({ pattern }) => pattern)),
    );
    // Keeps and attaches streams before it detaches others, so that no tracepoint is disabled in between.
    const refused = new Map<string, string>();
    for (const [key, stream] of wanted) {
      const code = this.#keepOrAttach(key, scope, stream);
      if (code === undefined) this.#refused.delete(key);
      else refused.set(stream.sessionUuid, code);
    }
    for (const key of this.#refused) {
      if (key.startsWith(`${scope}/`) && !wanted.has(key)) this.#refused.delete(key);
    }
    for (const [key, stream] of this.#attached) {
      if (stream.scope === scope && !wanted.has(key)) this.#detach(key, stream);
    }
    this.#closeUnusedPipes();
    return [...refused].map(([session, code]) => ({ session, code }));
  }

  /** The registry is lost: detaches those of its streams whose memory has been removed. */
  lose(scope: string): void {
    for (const [key, stream] of this.#attached) {
      if (stream.scope === scope && this.#isMemoryGone(stream)) this.#detach(key, stream);
    }
    this.#closeUnusedPipes();
  }

  /** Detaches all streams: recording ends. */
  close(): void {
    for (const [key, stream] of this.#attached) this.#detach(key, stream);
    this.#closeUnusedPipes();
  }

  /** Returns the error, if the stream is not attached. */
  #keepOrAttach(key: string, scope: string, wanted: WantedStream): string | undefined {
    const { memory, rules, contexts = [] } = wanted;
    const rulesText = JSON.stringify([rules, contexts]);
    const stream = this.#attached.get(key);
    if (stream !== undefined && this.#isMemoryGone(stream)) this.#detach(key, stream);
    else if (stream !== undefined) {
      if (stream.rulesText === rulesText) return undefined;
      stream.rulesText = rulesText;
      const recorded = this.#recorded(wanted);
      this.#options.tracer.updateStream(key, recorded.matches, recorded.contexts);
      return undefined;
    }
    const attached = this.#attach(key, scope, wanted, rulesText);
    if (attached.ok) return undefined;
    const { code, reason } = attached.error;
    // Later attempts fail without a further line.
    if (!this.#refused.has(key)) {
      this.#world.log('tracer.streamRefused', { 'stream-id': memory.streamId, reason });
    }
    this.#refused.add(key);
    return code;
  }

  #attach(
    key: string,
    scope: string,
    wanted: WantedStream,
    rulesText: string,
  ): Result<void, Refusal> {
    const { memory } = wanted;
    const { dataSegment, positionSegment, wakePath } = memory;
    const { tracer, now, shield = callAtOnce } = this.#options;
    const data = this.#world.memory.attachWritable(dataSegment);
    if (!data.ok) return notAttached('data', dataSegment, data.error.code);
    const position = this.#world.memory.attachReadable(positionSegment);
    if (!position.ok) {
      data.value.detach();
      return notAttached('position', positionSegment, position.error.code);
    }
    const detachMemory = (): void => {
      data.value.detach();
      position.value.detach();
    };
    const shape = readShape(data.value);
    const isAsGranted = shape.ok && isSameShape(memory, shape.value);
    const writer = attachWriter({
      data: data.value,
      position: position.value,
      now,
      onSwitch: () => shield(() => this.#wakePipes.wake(wakePath)),
      onOversized: (bytes, subbufferBytes) =>
        this.#world.log('tracer.eventTooLarge', { bytes, subbufferBytes }),
    });
    if (!writer.ok || !isAsGranted) {
      detachMemory();
      const other = 'the segment holds another stream than the registry granted';
      return fail({ code: 'EINVAL', reason: writer.ok ? other : writer.error });
    }
    // Before attachStream, which calls the application, and the application may close everything.
    this.#attached.set(key, { scope, memory, rulesText, detachMemory });
    const recorded = this.#recorded(wanted);
    const attached = tracer.attachStream({ key, writer: writer.value, ...recorded });
    if (!attached.ok) {
      this.#attached.delete(key);
      detachMemory();
      return fail({ code: 'EINVAL', reason: attached.error });
    }
    return attached;
  }

  /** Which events the stream records, and what these carry. */
  #recorded({
    memory,
    rules,
    contexts = [],
  }: WantedStream): Pick<TracedStream, 'matches' | 'contexts'> {
    const refused = ({ pattern }: StreamRule, reason: string): void => {
      this.#world.log('tracer.filterRefused', { 'stream-id': memory.streamId, pattern, reason });
    };
    const { contexts: ofThread } = this.#options.tracer;
    return {
      matches: matchRules(rules, refused, (name) => ofThread.reader(name)),
      contexts: contextsBy(contexts, rules),
    };
  }

  #detach(key: string, stream: AttachedStream): void {
    this.#attached.delete(key);
    this.#options.tracer.detachStream(key);
    stream.detachMemory();
  }

  #isMemoryGone({ memory }: AttachedStream): boolean {
    const info = this.#world.memory.info(memory.dataSegment);
    return !info.ok && info.error.code === 'EIDRM';
  }

  #closeUnusedPipes(): void {
    const used = [...this.#attached.values()].map(({ memory }) => memory.wakePath);
    this.#wakePipes.closeAllBut(new Set(used));
  }
}

/** The key includes the segments, because a new registry may reuse the numbers of streams. */
function keyOf(scope: string, { sessionUuid, memory }: WantedStream): string {
  const { streamId, dataSegment, positionSegment } = memory;
  return `${scope}/${sessionUuid}/${streamId}/${nameOf(dataSegment)}/${nameOf(positionSegment)}`;
}

function nameOf({ id, key }: SegmentRef): string {
  return `${id}-${key}`;
}

function notAttached(which: string, { id }: SegmentRef, code: string): Result<never, Refusal> {
  return fail({ code, reason: `${which} segment ${id}: ${code}` });
}

function callAtOnce(call: () => void): void {
  call();
}

function isSameShape({ shape, streamId }: StreamMemory, found: StreamShape): boolean {
  return (
    streamId === found.streamId &&
    shape.subbufferBytes === found.subbufferBytes &&
    shape.subbufferCount === found.subbufferCount &&
    shape.overwrite === found.overwrite
  );
}
