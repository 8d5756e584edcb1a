/**
 * Event classes and field types, as applications declare them and traces store them.
 *
 * A class description travels from the application to the consumer through the stream's class log
 * (`../ring/layout.ts`) as one record: u32 little-endian byte length, then UTF-8 JSON of {@link EventClass}.
 * It is untrusted: the consumer validates it before it becomes metadata text.
 */

export type IntegerType = {
  readonly kind: 'integer';
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
};
export type FloatType = { readonly kind: 'float'; readonly bits: 32 | 64 };
/** One byte, 0 or 1. In CTF 1.8 an enumeration { "false" = 0, "true" = 1 } over 8 bits. */
export type BooleanType = { readonly kind: 'boolean' };
/** Labels over an integer; record bytes hold the integer. */
export type EnumType = {
  readonly kind: 'enum';
  readonly integer: IntegerType;
  readonly labels: Readonly<Record<string, number>>;
};
/** NUL-terminated UTF-8; the first NUL ends the text. */
export type StringType = { readonly kind: 'string' };
export type ArrayType = {
  readonly kind: 'array';
  readonly element: FieldType;
  readonly length: number;
  /** The elements are the bytes of a text in UTF-8, which a NUL ends earlier; they are 8 bits, unsigned. */
  readonly isText?: true;
};
/** u32 length, then the elements. In CTF 1.8 the length is a field `_NAME_length` before it. */
export type SequenceType = { readonly kind: 'sequence'; readonly element: FieldType };
export type StructType = { readonly kind: 'struct'; readonly fields: readonly Field[] };
export type FieldType =
  | IntegerType
  | FloatType
  | BooleanType
  | EnumType
  | StringType
  | ArrayType
  | SequenceType
  | StructType;

/** `name`: a C identifier of at most 255 bytes (CTF 1.8, section 7.3.1). */
export type Field = { readonly name: string; readonly type: FieldType };

/** Log levels with the numbers of LTTng-UST: lower is more severe. */
export const LOG_LEVELS = {
  emerg: 0,
  alert: 1,
  crit: 2,
  err: 3,
  warning: 4,
  notice: 5,
  info: 6,
  debugSystem: 7,
  debugProgram: 8,
  debugProcess: 9,
  debugModule: 10,
  debugUnit: 11,
  debugFunction: 12,
  debugLine: 13,
  debug: 14,
} as const;
export type LogLevelName = keyof typeof LOG_LEVELS;

/**
 * The name of a marker's events begins with it (R2.8). The RFC names markers and says no more of them; here a marker is
 * a tracepoint with one field, `text`.
 */
export const MARKER_PREFIX = 'marker:';

/** One event class of one stream. */
export interface EventClass {
  /** 0 to 2^32-2, unique in its stream, ascending by one in the class log. */
  readonly id: number;
  /** `provider:event`, at most 255 bytes of UTF-8, no control characters. */
  readonly name: string;
  /** A value of {@link LOG_LEVELS}. */
  readonly logLevel: number;
  /** What its events carry beside their fields, before these (`context.ts`); absent: nothing. */
  readonly context?: readonly Field[];
  readonly fields: readonly Field[];
}

export const EVENT_NAME_BYTES_MAX = 255;
export const FIELDS_MAX = 64;
export const FIELD_DEPTH_MAX = 8;
export const ENUM_LABELS_MAX = 1024;
export const CLASS_RECORD_BYTES_MAX = 64 * 1024;
/** 2^32-1 marks "no class" in tables of readers and writers. */
export const EVENT_CLASS_ID_MAX = 2 ** 32 - 2;
export const FIELD_NAME_BYTES_MAX = 255;
export const ENUM_LABEL_BYTES_MAX = 255;
/** Longest {@link ArrayType}; a sequence is bounded by the sub-buffer alone. */
export const ARRAY_LENGTH_MAX = 65_536;
