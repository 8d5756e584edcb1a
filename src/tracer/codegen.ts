/**
 * Makes the function that an application calls for one tracepoint: from generated source text, so that V8 sees one
 * shape per event class, or from closures (`codec.ts`) where the host forbids code generation from strings.
 * Both record the same bytes.
 *
 * A generated recorder reads every property into a local variable and converts it to a recordable value; then, for
 * each stream, it asks the stream's filter, reserves space, stores the values and commits. It flattens structs, and
 * uses a codec for arrays and sequences. The only text of the application in the source are the field names, which
 * are C identifiers.
 *
 * V8 inlines functions by the length of their bytecode. The payload stays in the outer function, which is short enough
 * to be inlined into the application's function: there V8 never allocates the payload object, enabled or not. One `try`
 * encloses all reads, because one per property would be too long; after an exception the closures record the event
 * from the start. The inner function contains the code that stores text and is therefore too long to be inlined: if V8
 * inlined it into the outer function, the outer function would become too long to be inlined itself. For the same
 * reason the code that asks filters is in a third function, which the outer one calls while a stream has a filter or a
 * context. What records in a context is generated when a stream first asks for one.
 */
import { assert } from '../base/assert.ts';
import type { Field, FieldType, IntegerType } from '../event/model.ts';
import type { Filter } from '../filter/compile.ts';
import type { Values } from '../filter/field-access.ts';
import type { StreamWriter } from '../ring/writer.ts';
import { type Codec, makeCodec, makeLabelLookup } from './codec.ts';
import { type EventContext, readContext } from './contexts.ts';
import { type TextStore, textBytes, textStoreSource } from './text.ts';
import { floatOf, integerOf, storeWide, textOf, wideOf } from './values.ts';

/** The streams that a tracepoint records into at present; the tracer keeps them up to date. */
export interface TracepointState {
  enabled: boolean;
  /** Whether a binding has a filter or a context. */
  isSpecial: boolean;
  bindings: readonly Binding[];
}

export interface Binding {
  readonly writer: StreamWriter;
  /** The class in that stream, or -1 when it could not be declared: its events count as discarded. */
  readonly classId: number;
  /** Which events the stream records; undefined: all. */
  readonly filter: Filter | undefined;
  /** What the events carry beside their fields in that stream. */
  readonly context: EventContext | undefined;
  /** Records in this context; undefined: without a context, or where the host forbids code generation. */
  readonly record: ContextRecorder | undefined;
}

/** Records prepared values of the fields, as a generated recorder passes them, in the context of the binding. */
export type ContextRecorder = (binding: Binding, ...values: readonly unknown[]) => void;

/** Records `payload` in every stream of the tracepoint's state. Never throws. */
export type Recorder = (payload: unknown) => void;

/** What a source makes, a {@link Recorder} or a {@link ContextRecorder}, depends on the source. */
type Make = (
  state: TracepointState | undefined,
  helpers: object,
  constants: readonly unknown[],
) => Recorder & ContextRecorder;

/** Makes a function from source text. The tracers of a process can share one that caches the functions. */
export type Compile = (source: string) => Make;

const compileAnew: Compile = (source) =>
  new Function('state', 'helpers', 'constants', source) as Make;

/** The compiler of source text; undefined where this host forbids code generation. */
export function compileOf(): Compile | undefined {
  try {
    compileAnew('return');
    return compileAnew;
  } catch {
    return undefined;
  }
}

/** A compiler that caches the functions of the first `sourcesMax` source texts. */
export function keepingCompile(sourcesMax: number): Compile | undefined {
  const compile = compileOf();
  const kept = new Map<string, Make>();
  return (
    compile &&
    ((source) => {
      const make = kept.get(source) ?? compile(source);
      if (kept.size < sourcesMax) kept.set(source, make);
      return make;
    })
  );
}

/** The recorder of a class with these (validated) fields: from closures, when there is no compiler. */
export function makeRecorder(
  fields: readonly Field[],
  state: TracepointState,
  storeText: TextStore,
  compile: Compile | undefined,
): Recorder {
  return compile === undefined
    ? composeRecorder(fields, state, storeText)
    : generateRecorder(fields, state, storeText, compile);
}

function composeRecorder(
  fields: readonly Field[],
  state: TracepointState,
  storeText: TextStore,
): Recorder {
  const codec = makeCodec({ kind: 'struct', fields }, storeText);
  return (payload) => {
    if (!state.enabled) return;
    const values = codec.prepare(payload);
    for (const { writer, classId, filter, context } of state.bindings) {
      if (filter !== undefined && !filter(values as Values)) continue;
      const carried = context === undefined ? undefined : readContext(context);
      let bytes = (context?.codec.bytesMax(carried) ?? 0) + codec.bytesMax(values);
      if (bytes > writer.remainingBytes) {
        bytes = (context?.codec.bytes(carried) ?? 0) + codec.bytes(values);
      }
      const offset = writer.reserve(bytes, classId);
      if (offset < 0) continue;
      const begin = context?.codec.store(writer, offset, carried) ?? offset;
      writer.commit(codec.store(writer, begin, values));
    }
  };
}

/**
 * Makes the function that records events of a class with these fields in a context. It is generated when a stream first
 * asks for that; undefined: there is no compiler.
 */
export function makeContextRecorder(
  fields: readonly Field[],
  context: EventContext,
  storeText: TextStore,
  compile: Compile | undefined,
): ContextRecorder | undefined {
  if (compile === undefined) return undefined;
  const draft = new Draft(storeText);
  draft.addContext(context);
  draft.addFields(fields, 'payload');
  return compile(draft.contextSource())(undefined, helpersWith(storeText), draft.constants);
}

/** The functions that generated source calls. */
function helpersWith(storeText: TextStore): object {
  return { storeText, textBytes, floatOf, integerOf, storeWide, textOf, wideOf };
}

function generateRecorder(
  fields: readonly Field[],
  state: TracepointState,
  storeText: TextStore,
  compile: Compile,
): Recorder {
  const draft = new Draft(storeText);
  const prepared = draft.addFields(fields, 'payload');
  const make = compile(draft.source(prepared));
  const recordAnyway = composeRecorder(fields, state, storeText);
  const helpers = { ...helpersWith(storeText), recordAnyway };
  return make(state, helpers, draft.constants);
}

/** The source of a recorder, built field by field. */
class Draft {
  /** The codecs and lookups that the source refers to as `constantN`. */
  readonly constants: unknown[] = [];
  readonly #storeText: TextStore;
  readonly #read: string[] = [];
  /** Reads the contexts. */
  readonly #carried: string[] = [];
  readonly #bounds: string[] = [];
  readonly #sizes: string[] = [];
  readonly #store: string[] = [];
  #fixedBytes = 0;
  /** Bytes since the last store that moved `offset`. */
  #ahead = 0;
  #locals = 0;
  #hasText = false;
  /** The local variables with values to record; those of structs only lead to other variables. */
  readonly #values: string[] = [];

  constructor(storeText: TextStore) {
    this.#storeText = storeText;
  }

  /** Returns the source text of the prepared values, as filters read them. */
  addFields(fields: readonly Field[], source: string): string {
    const prepared = fields.map(({ name, type }) => {
      assert(/^[A-Za-z_][A-Za-z0-9_]*$/.test(name), 'codegen:tracer:field-name-is-identifier');
      const local = `value${this.#locals++}`;
      this.#read.push(`${local} = ${source}.${name};`);
      if (type.kind === 'struct') return this.addFields(type.fields, local);
      this.#values.push(local);
      this.#addValue(type, local);
      return local;
    });
    return `[${prepared.join(', ')}]`;
  }

  #addValue(type: Exclude<FieldType, { kind: 'struct' }>, local: string): void {
    switch (type.kind) {
      case 'integer':
        return this.#addInteger(type, local);
      case 'float':
        this.#read.push(`if (typeof ${local} !== 'number') ${local} = floatOf(${local});`);
        return this.#setFixed(
          type.bits / 8,
          (at) => `view.setFloat${type.bits}(${at}, ${local}, true);`,
        );
      case 'boolean':
        this.#read.push(`${local} = ${local} ? 1 : 0;`);
        return this.#setFixed(1, (at) => `view.setUint8(${at}, ${local});`);
      case 'enum':
        this.#read.push(`${local} = ${this.#constant(makeLabelLookup(type.labels))}(${local});`);
        return this.#addInteger(type.integer, local);
      case 'string':
        this.#read.push(`if (typeof ${local} !== 'string') ${local} = textOf(${local});`);
        this.#bounds.push(`3 * ${local}.length + 1`);
        this.#sizes.push(`textBytes(${local})`);
        return this.#setText(local);
      case 'array':
      case 'sequence':
        return this.#addList(makeCodec(type, this.#storeText), local);
    }
  }

  #addInteger(type: IntegerType, local: string): void {
    if (type.bits === 64) {
      this.#read.push(`if (typeof ${local} !== 'bigint') ${local} = wideOf(${local});`);
      this.#setFixed(8, (at) => `storeWide(view, ${at}, ${local});`);
      return;
    }
    this.#read.push(`if (typeof ${local} !== 'number') ${local} = integerOf(${local});`);
    this.#setFixed(type.bits / 8, (at) => `view.setInt${type.bits}(${at}, ${local}, true);`);
  }

  #addList(codec: Codec, local: string): void {
    const name = this.#constant(codec);
    this.#read.push(`${local} = ${name}.prepare(${local});`);
    this.#bounds.push(`${name}.bytesMax(${local})`);
    this.#sizes.push(`${name}.bytes(${local})`);
    this.#setVariable((at) => `${name}.store(writer, ${at}, ${local})`);
  }

  #constant(value: unknown): string {
    this.constants.push(value);
    return `constant${this.constants.length - 1}`;
  }

  #setFixed(bytes: number, statement: (at: string) => string): void {
    this.#store.push(statement(this.#at()));
    this.#fixedBytes += bytes;
    this.#ahead += bytes;
  }

  #setVariable(expression: (at: string) => string): void {
    this.#store.push(`offset = ${expression(this.#at())};`);
    this.#ahead = 0;
  }

  #setText(local: string): void {
    if (this.#ahead > 0) this.#store.push(`offset += ${this.#ahead};`);
    this.#store.push(textStoreSource(local));
    this.#ahead = 0;
    this.#hasText = true;
  }

  #at(): string {
    return this.#ahead === 0 ? 'offset' : `offset + ${this.#ahead}`;
  }

  /** Comes before the fields. */
  addContext({ fields, readers }: EventContext): void {
    for (const [index, { type }] of fields.entries()) {
      assert(type.kind !== 'struct', 'codegen:tracer:context-is-plain');
      const local = `carried${index}`;
      this.#read.push(`let ${local} = ${this.#constant(readers[index])}.read();`);
      this.#addValue(type, local);
    }
    this.#carried.push(...this.#read.splice(0));
  }

  /** The source of a {@link ContextRecorder}. */
  contextSource(): string {
    return `'use strict';
const { storeText, textBytes, integerOf, storeWide, textOf, wideOf } = helpers;
${this.#constantLines}
return (${this.#parameters}) => {
${this.#carried.join('\n')}
${this.#recording}
};`;
  }

  get #parameters(): string {
    return ['binding', ...this.#values].join(', ');
  }

  get #constantLines(): string {
    return this.constants
      .map((_, index) => `const constant${index} = constants[${index}];`)
      .join('\n');
  }

  /** Reserves room in the binding's stream, stores what was read, and commits. */
  get #recording(): string {
    const exact =
      this.#sizes.length > 0
        ? `if (bytes > writer.remainingBytes) bytes = ${this.#sum(this.#sizes)};`
        : '';
    return `const { writer, classId } = binding;
let bytes = ${this.#sum(this.#bounds)};
${exact}
let offset = writer.reserve(bytes, classId);
if (offset < 0) return;
const view = writer.view;
${this.#hasText ? 'let length, index;' : ''}
${this.#store.join('\n')}
writer.commit(${this.#at()});`;
  }

  #sum(terms: readonly string[]): string {
    return [this.#fixedBytes, ...terms].join(' + ');
  }

  source(prepared: string): string {
    const parameters = this.#parameters;
    const locals = Array.from({ length: this.#locals }, (_, index) => `value${index}`);
    return `'use strict';
const { storeText, textBytes, floatOf, integerOf, storeWide, textOf, wideOf, recordAnyway } = helpers;
${this.#constantLines}
function record(${parameters}) {
${this.#recording}
}
function recordSpecially(${parameters}) {
if (binding.filter !== undefined && !binding.filter(${prepared})) return;
if (binding.record === undefined) record(${parameters});
else binding.record(${parameters});
}
return (payload) => {
if (!state.enabled) return;
${locals.length > 0 ? `let ${locals.join(', ')};` : ''}
try {
${this.#read.join('\n')}
} catch {
return recordAnyway(payload);
}
const write = state.isSpecial ? recordSpecially : record;
const bindings = state.bindings;
for (let index = 0; index < bindings.length; index++) {
write(${['bindings[index]', ...this.#values].join(', ')});
}
};`;
  }
}
