/**
 * Types and classes that metadata text declares, for readers. They cover more than this project writes
 * (`src/event/model.ts`): any width and alignment, bit fields, both byte orders, variants.
 */

/** Deepest nesting of types. */
export const TYPE_DEPTH_MAX = 32;
/** Most parts of a type; a shared part counts at each use. */
export const TYPE_NODES_MAX = 65_536;
/** Most parts of all classes of a trace, counted in the same way. */
export const TRACE_NODES_MAX = 1_048_576;
export const ALIGN_BITS_MAX = 4096;
/** Longest top-level declaration. */
export const DECLARATION_BYTES_MAX = 4 * 1024 * 1024;
export const METADATA_BYTES_MAX = 64 * 1024 * 1024;

/** `native`: the byte order of the trace, which metadata may declare after the type. */
export type ByteOrder = 'native' | 'le' | 'be';

/** Size of a type as a tree: number of parts and depth, each including the type itself. */
export interface TypeSize {
  readonly nodes: number;
  readonly depth: number;
}

export interface IntegerSchema {
  readonly kind: 'integer';
  /** 1 to 64. */
  readonly bits: number;
  readonly alignBits: number;
  readonly signed: boolean;
  /** Base in which renderers show the value. */
  readonly base: 2 | 8 | 10 | 16;
  /** A character: arrays and sequences of 8-bit characters are text. */
  readonly isText: boolean;
  readonly byteOrder: ByteOrder;
  /** Name of the clock whose value it carries. */
  readonly clock?: string;
}

export interface FloatSchema {
  readonly kind: 'float';
  readonly bits: 32 | 64;
  readonly alignBits: number;
  readonly byteOrder: ByteOrder;
}

/** A label for every value from `lowest` to `highest`. Ranges may overlap: a value can have several labels. */
export interface EnumMapping {
  readonly label: string;
  readonly lowest: bigint;
  readonly highest: bigint;
}

export interface EnumSchema {
  readonly kind: 'enum';
  readonly container: IntegerSchema;
  readonly mappings: readonly EnumMapping[];
}

export interface StringSchema {
  readonly kind: 'string';
}

export interface FieldSchema {
  /** As declared, leading underscore included. */
  readonly name: string;
  /** Name that renderers show: without one leading underscore. */
  readonly displayName: string;
  readonly type: TypeSchema;
}

export interface StructSchema {
  readonly kind: 'struct';
  readonly fields: readonly FieldSchema[];
  /** The largest alignment of the fields, or a larger one that the metadata declares. */
  readonly alignBits: number;
  readonly size: TypeSize;
}

export interface VariantSchema {
  readonly kind: 'variant';
  /** Path to the enumeration that selects the option; empty in a variant that cannot be used as a field. */
  readonly tag: readonly string[];
  readonly options: readonly FieldSchema[];
  readonly size: TypeSize;
}

export interface ArraySchema {
  readonly kind: 'array';
  readonly element: TypeSchema;
  readonly length: number;
  readonly size: TypeSize;
}

export interface SequenceSchema {
  readonly kind: 'sequence';
  readonly element: TypeSchema;
  /** Path to the integer that holds the length. */
  readonly length: readonly string[];
  readonly size: TypeSize;
}

export type TypeSchema =
  | IntegerSchema
  | FloatSchema
  | EnumSchema
  | StringSchema
  | StructSchema
  | VariantSchema
  | ArraySchema
  | SequenceSchema;

export interface ClockSchema {
  readonly name: string;
  readonly uuid?: string;
  /** Cycles per second. */
  readonly frequency: bigint;
  /** Offset of the clock's zero from 1970-01-01T00:00:00Z, nanoseconds. */
  readonly offsetNs: bigint;
}

export interface EventSchema {
  readonly id: number;
  readonly name: string;
  readonly logLevel?: number;
  /** Context of this class alone; LTTng has none. */
  readonly context?: StructSchema;
  readonly fields?: StructSchema;
}

export interface StreamSchema {
  readonly id: number;
  readonly packetContext?: StructSchema;
  readonly eventHeader?: StructSchema;
  readonly eventContext?: StructSchema;
  readonly events: Map<number, EventSchema>;
}

export type EnvironmentValue = string | number | bigint;

/** The declarations of the metadata read so far. */
export interface TraceSchema {
  byteOrder: 'le' | 'be' | undefined;
  uuid: string | undefined;
  packetHeader: StructSchema | undefined;
  readonly environment: Record<string, EnvironmentValue>;
  readonly clocks: Map<string, ClockSchema>;
  readonly streams: Map<number, StreamSchema>;
}

export function emptyTraceSchema(): TraceSchema {
  return {
    byteOrder: undefined,
    uuid: undefined,
    packetHeader: undefined,
    // Without a prototype: metadata may declare any name.
    environment: Object.create(null) as TraceSchema['environment'],
    clocks: new Map(),
    streams: new Map(),
  };
}

/** Alignment in bits: a value of this type begins at a multiple of it. */
export function alignmentOf(type: TypeSchema): number {
  switch (type.kind) {
    case 'integer':
    case 'float':
    case 'struct':
      return type.alignBits;
    case 'enum':
      return type.container.alignBits;
    case 'string':
      return 8;
    case 'array':
    case 'sequence':
      return alignmentOf(type.element);
    case 'variant':
      return 1;
  }
}

/** Size of a type made of `parts`. */
export function sizeAround(parts: readonly TypeSchema[]): TypeSize {
  let nodes = 1;
  let depth = 0;
  for (const part of parts) {
    const size = 'size' in part ? part.size : { nodes: 1, depth: 1 };
    nodes += size.nodes;
    depth = Math.max(depth, size.depth);
  }
  return { nodes, depth: depth + 1 };
}

/** Whether an array or sequence of `element` is text. */
export function isTextElement(element: TypeSchema): boolean {
  return (
    element.kind === 'integer' && element.isText && element.bits === 8 && element.alignBits === 8
  );
}
