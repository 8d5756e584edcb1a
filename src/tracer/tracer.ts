/**
 * The tracepoints of one thread and the streams that they record into.
 *
 * The application defines tracepoints at any time; the registry's client attaches streams at any time. Both calls bind
 * tracepoints to matching streams before they return, so that no event is missed in between.
 *
 * A class is declared in a stream's class log when its tracepoint is first enabled there. Ids ascend from 0 per
 * stream; the classes that an earlier writer of the stream declared keep theirs.
 */
import { fail, ok, type Result } from '../base/result.ts';
import { decodeClassRecord, encodeClassRecord, validateEventClass } from '../event/class-record.ts';
import {
  CLASS_RECORD_BYTES_MAX,
  EVENT_CLASS_ID_MAX,
  type EventClass,
  LOG_LEVELS,
  type LogLevelName,
} from '../event/model.ts';
import type { Filter } from '../filter/compile.ts';
import { type Utf8Write } from '../port/event-path.ts';
import { splitClassLog } from '../ring/class-log.ts';
import type { StreamWriter } from '../ring/writer.ts';
import {
  type Binding,
  type Compile,
  type ContextRecorder,
  compileOf,
  makeContextRecorder,
  makeRecorder,
  type TracepointState,
} from './codegen.ts';
import { Contexts, type EventContext } from './contexts.ts';
import { makeTextStore, type TextStore } from './text.ts';
import { fieldsOf, type PayloadOf, type Schema } from './types.ts';

/** The description of a tracepoint without its class id in a stream. */
export type EventDescription = Omit<EventClass, 'id'>;

/** Call it to record an event. A call of a disabled tracepoint costs one load and a branch. */
export interface Tracepoint<Payload> {
  (payload: Payload): void;
  /** Whether any stream records it now; ask before computing an expensive payload. */
  readonly enabled: boolean;
  readonly name: string;
}

/** Whether a stream records the events of a class: none, all, or those that pass a filter. */
export type EventMatch = (event: EventDescription) => boolean | Filter;

/** The contexts that a stream needs, by name. */
export interface StreamContexts {
  /** What events of a class carry. */
  readonly of: (event: EventDescription) => readonly string[];
  /** All of these, and those that filters ask for. */
  readonly all: readonly string[];
}

export interface TracedStream {
  /** Unique among the attached streams. */
  readonly key: string;
  readonly writer: StreamWriter;
  readonly matches: EventMatch;
  /** Absent: none. */
  readonly contexts?: StreamContexts;
}

const NO_CONTEXTS: StreamContexts = { of: () => [], all: [] };

export interface TracerOptions {
  /** The host's UTF-8 encoder for long text. */
  readonly utf8Write?: Utf8Write;
  /** Makes recorders from source text; left out: the default, where the host allows it. Undefined: uses closures. */
  readonly compile?: Compile | undefined;
}

/** Callbacks to the code that connects a tracer to a registry. */
export interface TracerObserver {
  /** Called with each new tracepoint, before it is returned. */
  readonly onDefined?: (description: EventDescription) => void;
  /** A stream's class log is full: the events of this tracepoint count as discarded there. */
  readonly onClassLogFull?: (key: string, description: EventDescription) => void;
}

export interface TracepointOptions<Payload> {
  /** `debugLine` when left out. */
  readonly logLevel?: LogLevelName;
  /**
   * Called when the tracepoint becomes enabled or disabled: for event sources that should run only while their events
   * are recorded.
   */
  readonly onToggle?: (tracepoint: Tracepoint<Payload>) => void;
}

type Callable = Tracepoint<never> & { enabled: boolean };

interface Definition {
  readonly description: EventDescription;
  readonly state: TracepointState;
  readonly callable: Callable;
  readonly onToggle: (() => void)[];
  /** Made when a stream first asks for the context. */
  readonly contextRecorders: WeakMap<EventContext, ContextRecorder>;
}

interface Attachment {
  readonly key: string;
  readonly writer: StreamWriter;
  matches: EventMatch;
  contexts: StreamContexts;
  /** Class ids by signature; -1 for a class that did not fit into the class log. */
  readonly classIds: Map<string, number>;
  nextClassId: number;
}

export class Tracer {
  observer: TracerObserver = {};
  readonly contexts = new Contexts();
  readonly #compile: Compile | undefined;
  readonly #storeText: TextStore;
  /** By signature, which includes everything except the id. */
  readonly #definitions = new Map<string, Definition>();
  readonly #streams = new Map<string, Attachment>();

  constructor(options: TracerOptions = {}) {
    this.#compile = 'compile' in options ? options.compile : compileOf();
    this.#storeText = makeTextStore(options.utf8Write);
  }

  /**
   * Defines a tracepoint, or finds the one with the same name, schema and log level. Throws TypeError when the
   * name or a type is outside the bounds of `../event/model.ts`.
   */
  tracepoint<const S extends Schema>(
    name: string,
    schema: S,
    options: TracepointOptions<PayloadOf<S>> = {},
  ): Tracepoint<PayloadOf<S>> {
    const description = describe(name, schema, options.logLevel ?? 'debugLine');
    const signature = signatureOf(description);
    const known = this.#definitions.get(signature);
    const definition = known ?? this.#define(description);
    const tracepoint = definition.callable as Tracepoint<PayloadOf<S>>;
    if (known === undefined) {
      this.#definitions.set(signature, definition);
      this.#bind(signature, definition);
      this.observer.onDefined?.(description);
    }
    const { onToggle } = options;
    if (onToggle !== undefined) {
      definition.onToggle.push(() => onToggle(tracepoint));
      if (tracepoint.enabled) onToggle(tracepoint);
    }
    return tracepoint;
  }

  /** All tracepoints, in the order of their definition. */
  list(): EventDescription[] {
    return [...this.#definitions.values()].map(({ description }) => description);
  }

  /** Records into a stream from now on. Fails when the key is taken or the stream's class log is invalid. */
  attachStream(stream: TracedStream): Result<void, string> {
    const { key, writer, matches, contexts = NO_CONTEXTS } = stream;
    if (this.#streams.has(key)) return fail(`stream ${key} is attached already`);
    const declared = declaredClasses(writer);
    if (!declared.ok) return declared;
    this.#streams.set(key, { key, writer, matches, contexts, ...declared.value });
    this.#bindAll();
    return ok(undefined);
  }

  /** Changes what a stream records. False when there is no such stream. */
  updateStream(key: string, matches: EventMatch, contexts = NO_CONTEXTS): boolean {
    const attachment = this.#streams.get(key);
    if (attachment === undefined) return false;
    attachment.matches = matches;
    attachment.contexts = contexts;
    this.#bindAll();
    return true;
  }

  /** Stops recording into a stream and closes its writer: its memory may be unmapped afterwards. */
  detachStream(key: string): boolean {
    const attachment = this.#streams.get(key);
    if (attachment === undefined) return false;
    this.#streams.delete(key);
    this.#bindAll();
    attachment.writer.close();
    return true;
  }

  #define(description: EventDescription): Definition {
    const state: TracepointState = { enabled: false, isSpecial: false, bindings: [] };
    const recorder = makeRecorder(description.fields, state, this.#storeText, this.#compile);
    Object.defineProperty(recorder, 'name', { value: description.name });
    const callable = Object.assign(recorder, { enabled: false }) as Callable;
    return { description, state, callable, onToggle: [], contextRecorders: new WeakMap() };
  }

  #bindAll(): void {
    this.contexts.use(new Set([...this.#streams.values()].flatMap(({ contexts }) => contexts.all)));
    const toggled: Definition[] = [];
    for (const [signature, definition] of this.#definitions) {
      if (this.#bind(signature, definition)) toggled.push(definition);
    }
    for (const { onToggle } of toggled) for (const notify of onToggle) notify();
  }

  /** Returns whether the tracepoint became enabled or disabled. */
  #bind(signature: string, definition: Definition): boolean {
    const { description, state, callable } = definition;
    const bindings: Binding[] = [];
    for (const attachment of this.#streams.values()) {
      const selected = attachment.matches(description);
      if (selected === false) continue;
      const context = this.#contextOf(attachment, description);
      const inContext =
        context === undefined ? description : { ...description, context: context.fields };
      const ofClass = context === undefined ? signature : signatureOf(inContext);
      const classId = this.#classId(attachment, ofClass, inContext);
      const filter = selected === true ? undefined : selected;
      const record = context === undefined ? undefined : this.#contextRecorder(definition, context);
      bindings.push({ writer: attachment.writer, classId, filter, context, record });
    }
    const wasEnabled = state.enabled;
    state.bindings = bindings;
    state.isSpecial = bindings.some(
      ({ filter, context }) => filter !== undefined || context !== undefined,
    );
    state.enabled = bindings.length > 0;
    callable.enabled = state.enabled;
    return state.enabled !== wasEnabled;
  }

  /** Undefined: events of this class carry nothing. */
  #contextOf({ contexts }: Attachment, description: EventDescription): EventContext | undefined {
    const names = contexts.of(description);
    if (names.length === 0) return undefined;
    const context = this.contexts.eventContext(names, this.#storeText);
    // A class so large that no context fits beside it is recorded without.
    return fits({ ...description, context: context.fields }) ? context : undefined;
  }

  #contextRecorder(
    { description, contextRecorders }: Definition,
    context: EventContext,
  ): ContextRecorder | undefined {
    const { fields } = description;
    const known = contextRecorders.get(context);
    const recorder = known ?? makeContextRecorder(fields, context, this.#storeText, this.#compile);
    if (recorder !== undefined) contextRecorders.set(context, recorder);
    return recorder;
  }

  #classId(attachment: Attachment, signature: string, description: EventDescription): number {
    const known = attachment.classIds.get(signature);
    if (known !== undefined) return known;
    const id = attachment.nextClassId;
    const declared = attachment.writer.declareClass(encodeClassRecord({ id, ...description }));
    attachment.classIds.set(signature, declared ? id : -1);
    if (declared) attachment.nextClassId++;
    else this.observer.onClassLogFull?.(attachment.key, description);
    return declared ? id : -1;
  }
}

function describe(name: string, schema: Schema, logLevel: LogLevelName): EventDescription {
  const draft = { id: 0, name, logLevel: LOG_LEVELS[logLevel], fields: fieldsOf(schema) };
  const valid = validateEventClass(draft);
  if (!valid.ok) throw new TypeError(valid.error);
  if (!fits(valid.value)) {
    const bytes = recordBytes(valid.value);
    throw new TypeError(
      `The description of ${name} takes ${bytes} bytes; the limit is ${CLASS_RECORD_BYTES_MAX}`,
    );
  }
  const { id: _, ...description } = valid.value;
  return description;
}

function fits(description: EventDescription): boolean {
  return recordBytes(description) <= CLASS_RECORD_BYTES_MAX;
}

function recordBytes(description: EventDescription): number {
  return encodeClassRecord({ ...description, id: EVENT_CLASS_ID_MAX }).length;
}

function signatureOf({ name, logLevel, context, fields }: EventDescription): string {
  return JSON.stringify([name, logLevel, fields, ...(context === undefined ? [] : [context])]);
}

/** The classes that an earlier writer declared in the stream. */
function declaredClasses(
  writer: StreamWriter,
): Result<Pick<Attachment, 'classIds' | 'nextClassId'>, string> {
  const records = splitClassLog(writer.classLog());
  if (!records.ok) return records;
  const classIds = new Map<string, number>();
  for (const [index, record] of records.value.entries()) {
    const declared = decodeClassRecord(record);
    if (!declared.ok) return declared;
    if (declared.value.id !== index)
      return fail(`class log entry ${index} has the id ${declared.value.id}`);
    classIds.set(signatureOf(declared.value), index);
  }
  return ok({ classIds, nextClassId: records.value.length });
}
