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
  compileOf,
  makeRecorder,
  type TracepointState,
} from './codegen.ts';
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

export interface TracedStream {
  /** Unique among the attached streams. */
  readonly key: string;
  readonly writer: StreamWriter;
  readonly matches: EventMatch;
}

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
}

interface Attachment {
  readonly key: string;
  readonly writer: StreamWriter;
  matches: EventMatch;
  /** Class ids by signature; -1 for a class that did not fit into the class log. */
  readonly classIds: Map<string, number>;
  nextClassId: number;
}

export class Tracer {
  observer: TracerObserver = {};
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
    const { key, writer, matches } = stream;
    if (this.#streams.has(key)) return fail(`stream ${key} is attached already`);
    const declared = declaredClasses(writer);
    if (!declared.ok) return declared;
    this.#streams.set(key, { key, writer, matches, ...declared.value });
    this.#bindAll();
    return ok(undefined);
  }

  /** Changes what a stream records. False when there is no such stream. */
  updateStream(key: string, matches: EventMatch): boolean {
    const attachment = this.#streams.get(key);
    if (attachment === undefined) return false;
    attachment.matches = matches;
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
    const state: TracepointState = { enabled: false, isFiltered: false, bindings: [] };
    const recorder = makeRecorder(description.fields, state, this.#storeText, this.#compile);
    Object.defineProperty(recorder, 'name', { value: description.name });
    const callable = Object.assign(recorder, { enabled: false }) as Callable;
    return { description, state, callable, onToggle: [] };
  }

  #bindAll(): void {
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
      const classId = this.#classId(attachment, signature, description);
      const filter = selected === true ? undefined : selected;
      bindings.push({ writer: attachment.writer, classId, filter });
    }
    const wasEnabled = state.enabled;
    state.bindings = bindings;
    state.isFiltered = bindings.some(({ filter }) => filter !== undefined);
    state.enabled = bindings.length > 0;
    callable.enabled = state.enabled;
    return state.enabled !== wasEnabled;
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
  const bytes = encodeClassRecord({ ...valid.value, id: EVENT_CLASS_ID_MAX }).length;
  if (bytes > CLASS_RECORD_BYTES_MAX) {
    throw new TypeError(
      `The description of ${name} takes ${bytes} bytes; the limit is ${CLASS_RECORD_BYTES_MAX}`,
    );
  }
  const { id: _, ...description } = valid.value;
  return description;
}

function signatureOf({ name, logLevel, fields }: EventDescription): string {
  return JSON.stringify([name, logLevel, fields]);
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
