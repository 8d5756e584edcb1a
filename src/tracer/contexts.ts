/**
 * The contexts of one thread: where their values come from. They are stored before the fields of an event.
 *
 * A value is read for each event that carries it, before room for the event is reserved: so the code of an application
 * that publishes a context may record events itself. While such code runs, no other such code does: events that it
 * records have empty values there.
 */
import {
  CONTEXT_TEXT_CHARACTERS_MAX,
  contextField,
  isAppContext,
  isBuiltIn,
} from '../event/context.ts';
import type { Field } from '../event/model.ts';
import { type Codec, makeCodec } from './codec.ts';
import type { TextStore } from './text.ts';

/** Reads the value of a context now. */
export type ReadContext = () => unknown;

export interface ContextSource {
  /** May throw only if it is foreign: then there is no value. */
  readonly read: ReadContext;
  /** It runs code of the application, which may record events; its value is text, or what applications publish. */
  readonly isForeign?: true;
  /** Called when the first event may carry the context, and when none does any more. */
  readonly toggle?: (isUsed: boolean) => void;
}

/** Contexts of one thread that an application publishes. */
export const PUBLISHED_MAX = 64;

/** What events of a class carry beside their fields, in one stream or more. */
export interface EventContext {
  readonly fields: readonly Field[];
  /** For each field. */
  readonly readers: readonly { readonly read: ReadContext }[];
  readonly codec: Codec;
}

/** Sets of contexts that are kept: each has functions of its own in every class. */
const CACHED_MAX = 64;

/** Reads one context; `read` is another function when its source changes. */
interface Slot {
  source: ContextSource | undefined;
  isUsed: boolean;
  /** Never throws. Of an application: a text, a number or a bigint. */
  read: ReadContext;
}

export class Contexts {
  readonly #slots = new Map<string, Slot>();
  /** By the names, separated by spaces. */
  readonly #made = new Map<string, EventContext>();
  #published = 0;
  #isReading = false;

  /** The value of a context comes from here from now on. */
  provide(name: string, source: ContextSource): void {
    const slot = this.#slot(name);
    if (slot.isUsed) slot.source?.toggle?.(false);
    slot.source = source;
    slot.read = source.isForeign === true ? this.#guarded(name, source.read) : source.read;
    if (slot.isUsed) source.toggle?.(true);
  }

  /** The same for a context `$app.NAME`. Throws TypeError for a wrong name, RangeError for one too many. */
  publish(name: string, read: ReadContext): void {
    if (!isAppContext(name))
      throw new TypeError('The name of a context is a C identifier of at most 64 characters');
    if (typeof read !== 'function')
      throw new TypeError('A context needs a function that returns its value');
    if (this.#slots.get(name)?.source === undefined) {
      if (this.#published === PUBLISHED_MAX) {
        throw new RangeError(`A thread publishes at most ${PUBLISHED_MAX} contexts`);
      }
      this.#published += 1;
    }
    this.provide(name, { read, isForeign: true });
  }

  /** Reads a context; without a source the value is 0 or empty. `read` never throws. */
  reader(name: string): { readonly read: ReadContext } {
    return this.#slot(name);
  }

  /** The sources of these contexts, and of no others, are used. */
  use(names: ReadonlySet<string>): void {
    for (const name of names) this.#slot(name);
    for (const [name, slot] of this.#slots) {
      const isUsed = names.has(name);
      if (slot.isUsed === isUsed) continue;
      slot.isUsed = isUsed;
      slot.source?.toggle?.(isUsed);
    }
  }

  /** What events carry that have these contexts. */
  eventContext(names: readonly string[], storeText: TextStore): EventContext {
    const key = names.join(' ');
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const made = this.#make(names, storeText);
    if (this.#made.size === CACHED_MAX) this.#made.clear();
    this.#made.set(key, made);
    return made;
  }

  #make(names: readonly string[], storeText: TextStore): EventContext {
    const fields = names.map(contextField);
    const readers = names.map((name) => this.reader(name));
    return { fields, readers, codec: makeCodec({ kind: 'struct', fields }, storeText) };
  }

  #slot(name: string): Slot {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    const none = isNumber(name) ? 0 : '';
    const slot: Slot = { source: undefined, isUsed: false, read: () => none };
    this.#slots.set(name, slot);
    return slot;
  }

  /** What the application's code returns, of the type of the context. */
  #guarded(name: string, read: ReadContext): ReadContext {
    const valueOf = isBuiltIn(name) ? textOrNone : publishedOf;
    return () => {
      if (this.#isReading) return '';
      this.#isReading = true;
      try {
        return valueOf(read());
      } catch {
        return '';
      } finally {
        this.#isReading = false;
      }
    };
  }
}

function isNumber(name: string): boolean {
  return contextField(name).type.kind === 'integer';
}

function textOrNone(value: unknown): string {
  return typeof value === 'string' ? cut(value) : '';
}

/** What an application may publish is text and numbers; everything else is no value. */
function publishedOf(value: unknown): unknown {
  if (typeof value === 'string') return cut(value);
  return typeof value === 'number' || typeof value === 'bigint' ? value : '';
}

function cut(text: string): string {
  if (text.length <= CONTEXT_TEXT_CHARACTERS_MAX) return text;
  // Not in half of a surrogate pair.
  const whole = text.slice(0, CONTEXT_TEXT_CHARACTERS_MAX - 1).replace(/[\ud800-\udbff]$/, '');
  return `${whole}…`;
}

/** The values now, as the context's codec stores them; runs the application's code. */
export function readContext({ fields, readers, codec }: EventContext): unknown {
  const values = fields.map(({ name }, at) => [name, readers[at]?.read()]);
  return codec.prepare(Object.fromEntries(values));
}
