/**
 * Makes the function an application calls for one tracepoint: from generated source text, so that V8 sees one
 * shape per event class, or from closures (`codec.ts`) where the host forbids code generation from strings.
 * Both record the same bytes.
 *
 * A generated recorder reads every property into a local variable, makes recordable values of them, reserves
 * room, stores, commits. When reading one throws, the closures read all of them again, one by one: a `try` of its
 * own for every property would make the recorder too large for V8 to inline the writer into it. Structs are flattened; arrays and sequences go through their codec. Text of the
 * application enters the source only as field names, which are C identifiers.
 */
import { assert } from '../base/assert.ts';
import type { Field, FieldType, IntegerType } from '../ctf/model.ts';
import type { StreamWriter } from '../ring/writer.ts';
import { type Codec, makeCodec, makeLabelLookup } from './codec.ts';
import { type TextStore, textBytes } from './text.ts';
import { floatOf, integerOf, storeWide, textOf, wideOf } from './values.ts';

/** Where a tracepoint records at present; the tracer keeps it up to date. */
export interface TracepointState {
  enabled: boolean;
  bindings: readonly Binding[];
}

export interface Binding {
  readonly writer: StreamWriter;
  /** The class in that stream, or -1 when it could not be declared: its events count as discarded. */
  readonly classId: number;
}

/** Records `payload` in every stream of the tracepoint's state. Never throws. */
export type Recorder = (payload: unknown) => void;

/** Whether this host allows code generation from strings. */
export function canGenerateCode(): boolean {
  try {
    return new Function('return true')() === true;
  } catch {
    return false;
  }
}

/** The recorder of a class with these (validated) fields. */
export function makeRecorder(
  fields: readonly Field[],
  state: TracepointState,
  storeText: TextStore,
  generateCode: boolean,
): Recorder {
  return generateCode
    ? generateRecorder(fields, state, storeText)
    : composeRecorder(fields, state, storeText);
}

function composeRecorder(
  fields: readonly Field[],
  state: TracepointState,
  storeText: TextStore,
): Recorder {
  const record = composeRecord(fields, storeText);
  return (payload) => {
    if (!state.enabled) return;
    for (const { writer, classId } of state.bindings) record(writer, classId, payload);
  };
}

/** Records a payload in one stream. */
type Record = (writer: StreamWriter, classId: number, payload: unknown) => void;

function composeRecord(fields: readonly Field[], storeText: TextStore): Record {
  const codec = makeCodec({ kind: 'struct', fields }, storeText);
  return (writer, classId, payload) => {
    const values = codec.prepare(payload);
    let bytes = codec.bytesMax(values);
    if (bytes > writer.remainingBytes) bytes = codec.bytes(values);
    const offset = writer.reserve(bytes, classId);
    if (offset >= 0) writer.commit(codec.store(writer, offset, values));
  };
}

function generateRecorder(
  fields: readonly Field[],
  state: TracepointState,
  storeText: TextStore,
): Recorder {
  const draft = new Draft(storeText);
  draft.addFields(fields, 'payload');
  const make = new Function('state', 'helpers', 'constants', draft.source()) as (
    state: TracepointState,
    helpers: object,
    constants: readonly unknown[],
  ) => Recorder;
  const recordAnyway = composeRecord(fields, storeText);
  const helpers = {
    storeText,
    textBytes,
    floatOf,
    integerOf,
    storeWide,
    textOf,
    wideOf,
    recordAnyway,
  };
  return make(state, helpers, draft.constants);
}

/** The source of a recorder, as it grows field by field. */
class Draft {
  /** Codecs and lookups the source refers to as `constantN`. */
  readonly constants: unknown[] = [];
  readonly #storeText: TextStore;
  readonly #read: string[] = [];
  readonly #bounds: string[] = [];
  readonly #sizes: string[] = [];
  readonly #store: string[] = [];
  #fixedBytes = 0;
  /** Bytes since the last store that moved `offset`. */
  #ahead = 0;
  #locals = 0;

  constructor(storeText: TextStore) {
    this.#storeText = storeText;
  }

  addFields(fields: readonly Field[], source: string): void {
    for (const { name, type } of fields) {
      assert(/^[A-Za-z_][A-Za-z0-9_]*$/.test(name), 'codegen:tracer:field-name-is-identifier');
      const local = `value${this.#locals++}`;
      this.#read.push(`${local} = ${source}.${name};`);
      this.#addValue(type, local);
    }
  }

  #addValue(type: FieldType, local: string): void {
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
        return this.#setFixed(1, (at) => `view.setUint8(${at}, ${local} ? 1 : 0);`);
      case 'enum':
        this.#read.push(`${local} = ${this.#constant(makeLabelLookup(type.labels))}(${local});`);
        return this.#addInteger(type.integer, local);
      case 'string':
        this.#read.push(`if (typeof ${local} !== 'string') ${local} = textOf(${local});`);
        this.#bounds.push(`3 * ${local}.length + 1`);
        this.#sizes.push(`textBytes(${local})`);
        return this.#setVariable((at) => `storeText(writer, ${at}, ${local})`);
      case 'struct':
        return this.addFields(type.fields, local);
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

  #at(): string {
    return this.#ahead === 0 ? 'offset' : `offset + ${this.#ahead}`;
  }

  source(): string {
    const sum = (terms: readonly string[]): string => [this.#fixedBytes, ...terms].join(' + ');
    const exact =
      this.#sizes.length > 0
        ? `if (bytes > writer.remainingBytes) bytes = ${sum(this.#sizes)};`
        : '';
    const locals = Array.from({ length: this.#locals }, (_, index) => `value${index}`);
    return `'use strict';
const { storeText, textBytes, floatOf, integerOf, storeWide, textOf, wideOf, recordAnyway } = helpers;
${this.constants.map((_, index) => `const constant${index} = constants[${index}];`).join('\n')}
function record(writer, classId, payload) {
${locals.length > 0 ? `let ${locals.join(', ')};` : ''}
try {
${this.#read.join('\n')}
} catch {
return recordAnyway(writer, classId, payload);
}
let bytes = ${sum(this.#bounds)};
${exact}
let offset = writer.reserve(bytes, classId);
if (offset < 0) return;
const view = writer.view;
${this.#store.join('\n')}
writer.commit(${this.#at()});
}
return (payload) => {
if (!state.enabled) return;
const bindings = state.bindings;
for (let index = 0; index < bindings.length; index++) {
const binding = bindings[index];
record(binding.writer, binding.classId, payload);
}
};`;
  }
}
