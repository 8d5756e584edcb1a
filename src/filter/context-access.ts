/**
 * Reads contexts of an event that is about to be recorded. What an application publishes is text or a number, and only
 * the value shows which: it is compared as what it is compared with.
 */
import { contextField, isBuiltIn } from '../event/context.ts';
import type { Read, Typed } from './field-access.ts';
import { recordedWide } from './integers.ts';
import { recordedText } from './texts.ts';

/** What reads a context now: 0 or an empty text if there is no value. */
export type ContextReaders = (name: string) => { readonly read: () => unknown };

/** Without an application, only the types of contexts matter. */
export const NO_VALUES: ContextReaders = () => ({ read: () => '' });

/** A value that an application publishes. */
export interface Published {
  readonly kind: 'published';
  readonly text: Read<string>;
  /** Undefined for a text. */
  readonly number: Read<number>;
}

export function contextAt(name: string, readerOf: ContextReaders): Typed | Published {
  const reader = readerOf(name);
  if (!isBuiltIn(name)) {
    return {
      kind: 'published',
      text: () => recordedText(String(reader.read())),
      number: () => {
        const value = reader.read();
        return typeof value === 'string' ? undefined : Number(value);
      },
    };
  }
  return contextField(name).type.kind === 'string'
    ? { kind: 'text', read: () => recordedText(String(reader.read())) }
    : { kind: 'integer', read: () => recordedWide(reader.read()) };
}

/** A published value, as the other operand of a comparison needs it; two of them are compared as texts. */
export function publishedLike(operand: Typed | Published, other: Typed | Published): Typed {
  if (operand.kind !== 'published') return operand;
  const isText = other.kind === 'text' || other.kind === 'published';
  return isText ? { kind: 'text', read: operand.text } : asNumber(operand);
}

/** A published value where only a number makes sense. */
export function asNumber(operand: Typed | Published): Typed {
  return operand.kind === 'published' ? { kind: 'float', read: operand.number } : operand;
}
