/** The decoders of a trace's packets, made when first needed and shared by all its stream files. */
import { fail, ok, type Result } from '../base/result.ts';
import { SlotCounter, type StructDecoder, TypeCompiler } from './compile.ts';
import type { EventShape } from './message.ts';
import type {
  ClockSchema,
  IntegerSchema,
  StreamSchema,
  StructSchema,
  TraceSchema,
} from './tsdl/types.ts';

const NANOSECONDS_PER_SECOND = 1_000_000_000n;

/** How to decode the events of one class. Absent parts take no bits. */
export interface EventDecoder {
  readonly shape: EventShape;
  readonly specificContext: StructDecoder | undefined;
  readonly fields: StructDecoder | undefined;
}

/** How to decode the packets of one stream class. */
export class StreamDecoder {
  readonly packetContext: StructDecoder | undefined;
  readonly eventHeader: StructDecoder | undefined;
  readonly commonContext: StructDecoder | undefined;
  private readonly schema: StreamSchema;
  private readonly compiler: TypeCompiler;
  private readonly clock: ClockSchema | undefined;
  private readonly events = new Map<number, EventDecoder>();

  private constructor(
    schema: StreamSchema,
    compiler: TypeCompiler,
    clock: ClockSchema | undefined,
    parts: readonly (StructDecoder | undefined)[],
  ) {
    this.schema = schema;
    this.compiler = compiler;
    this.clock = clock;
    this.packetContext = parts[0];
    this.eventHeader = parts[1];
    this.commonContext = parts[2];
  }

  /** Compiles what all packets of the class share. */
  static create(
    trace: TraceSchema,
    schema: StreamSchema,
    compiler: TypeCompiler,
  ): Result<StreamDecoder, string> {
    const packetContext = compileOptional(compiler, 'stream.packet.context', schema.packetContext);
    if (!packetContext.ok) return packetContext;
    const eventHeader = compileOptional(compiler, 'stream.event.header', schema.eventHeader);
    if (!eventHeader.ok) return eventHeader;
    const context = compileOptional(compiler, 'stream.event.context', schema.eventContext);
    if (!context.ok) return context;
    const clock = trace.clocks.get(clockName(schema) ?? '') ?? trace.clocks.values().next().value;
    const parts = [packetContext.value, eventHeader.value, context.value];
    return ok(new StreamDecoder(schema, compiler, clock, parts));
  }

  /** The decoder of an event class; undefined while the metadata does not know it. */
  event(id: number): Result<EventDecoder | undefined, string> {
    const known = this.events.get(id);
    if (known !== undefined) return ok(known);
    const event = this.schema.events.get(id);
    if (event === undefined) return ok(undefined);
    const compiler = this.compiler.fork();
    const context = compileOptional(compiler, 'event.context', event.context);
    if (!context.ok) return context;
    const fields = compileOptional(compiler, 'event.fields', event.fields);
    if (!fields.ok) return fields;
    const { packetContext, eventContext } = this.schema;
    const shape: EventShape = {
      id,
      name: event.name,
      ...(event.logLevel !== undefined && { logLevel: event.logLevel }),
      ...(packetContext && { packetContextType: packetContext }),
      ...(eventContext && { commonContextType: eventContext }),
      ...(event.context && { specificContextType: event.context }),
      ...(event.fields && { fieldsType: event.fields }),
    };
    const decoder = { shape, specificContext: context.value, fields: fields.value };
    this.events.set(id, decoder);
    return ok(decoder);
  }

  /** Cycles of the stream's clock as nanoseconds since the epoch. */
  toNanoseconds(cycles: bigint): bigint {
    if (this.clock === undefined) return cycles;
    const { frequency, offsetNs } = this.clock;
    if (frequency === NANOSECONDS_PER_SECOND) return cycles + offsetNs;
    return (cycles * NANOSECONDS_PER_SECOND) / frequency + offsetNs;
  }
}

/** The decoders of a trace. */
export class TraceDecoder {
  private readonly schema: TraceSchema;
  private readonly slots = new SlotCounter();
  private readonly streams = new Map<number, StreamDecoder>();
  private base: { compiler: TypeCompiler; packetHeader: StructDecoder | undefined } | undefined;

  constructor(schema: TraceSchema) {
    this.schema = schema;
  }

  /** The decoder of packet headers; undefined in the result: packets have none. */
  packetHeader(): Result<StructDecoder | undefined, string> {
    const base = this.compileBase();
    return base.ok ? ok(base.value.packetHeader) : base;
  }

  /** The decoder of a stream class; undefined while the metadata does not know it. */
  stream(id: number): Result<StreamDecoder | undefined, string> {
    const known = this.streams.get(id);
    if (known !== undefined) return ok(known);
    const schema = this.schema.streams.get(id);
    if (schema === undefined) return ok(undefined);
    const base = this.compileBase();
    if (!base.ok) return base;
    const created = StreamDecoder.create(this.schema, schema, base.value.compiler.fork());
    if (created.ok) this.streams.set(id, created.value);
    return created;
  }

  private compileBase(): Result<NonNullable<TraceDecoder['base']>, string> {
    if (this.base !== undefined) return ok(this.base);
    const { byteOrder, clocks, packetHeader } = this.schema;
    if (byteOrder === undefined) return fail('the trace has no byte order');
    const compiler = new TypeCompiler(byteOrder === 'le', clocks, this.slots);
    const decoder = compileOptional(compiler, 'trace.packet.header', packetHeader);
    if (!decoder.ok) return decoder;
    this.base = { compiler, packetHeader: decoder.value };
    return ok(this.base);
  }
}

function compileOptional(
  compiler: TypeCompiler,
  root: Parameters<TypeCompiler['compile']>[0],
  type: StructSchema | undefined,
): Result<StructDecoder | undefined, string> {
  return type === undefined ? ok(undefined) : compiler.compile(root, type);
}

/** The clock that the stream's timestamps are of: the first one mapped in its header or packet context. */
function clockName(schema: StreamSchema): string | undefined {
  return clockIn(schema.eventHeader) ?? clockIn(schema.packetContext);
}

function clockIn(struct: StructSchema | undefined): string | undefined {
  for (const { type } of struct?.fields ?? []) {
    const found =
      type.kind === 'integer' ? type.clock : type.kind === 'struct' ? clockIn(type) : undefined;
    if (found !== undefined) return found;
    if (type.kind !== 'variant') continue;
    for (const option of type.options) {
      const clock = clockOf(option.type);
      if (clock !== undefined) return clock;
    }
  }
  return undefined;
}

function clockOf(type: IntegerSchema | { readonly kind: string }): string | undefined {
  if (type.kind === 'struct') return clockIn(type as StructSchema);
  return type.kind === 'integer' ? (type as IntegerSchema).clock : undefined;
}
