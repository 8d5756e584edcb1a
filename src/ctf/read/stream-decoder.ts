/** The decoders of a trace's packets, compiled at their first use and shared by all its stream files. */
import { fail, ok, type Result } from '../../base/result.ts';
import { NS_PER_SECOND } from '../../base/time.ts';
import { SlotCounter, type StructDecoder, TypeCompiler } from './compile.ts';
import { type EventShape, type Instant, instantOf, type TraceSource } from './message.ts';
import type {
  ClockSchema,
  StreamSchema,
  StructSchema,
  TraceSchema,
  TypeSchema,
} from './tsdl/types.ts';

/** Cycles with an upper half below this are exact numbers. */
const EXACT_HIGH_END = 2 ** 21;

/** Converts cycles of a trace clock to instants. Cycles are two unsigned 32-bit halves, as in packets. */
class TraceClock {
  readonly #frequency: bigint;
  readonly #offsetNs: bigint;
  readonly #offset: Instant;
  readonly #isNanoseconds: boolean;

  /** Without a declared clock, cycles count as nanoseconds since the epoch. */
  constructor(schema: ClockSchema | undefined) {
    this.#frequency = schema?.frequency ?? BigInt(NS_PER_SECOND);
    this.#offsetNs = schema?.offsetNs ?? 0n;
    this.#offset = instantOf(this.#offsetNs);
    this.#isNanoseconds = this.#frequency === BigInt(NS_PER_SECOND);
  }

  at(high: number, low: number): Instant {
    if (!this.#isNanoseconds || high >= EXACT_HIGH_END) {
      return this.#exactly((BigInt(high) << 32n) | BigInt(low));
    }
    const cycles = high * 2 ** 32 + low;
    // The division rounds, so the quotient may be one too high.
    let seconds = Math.floor(cycles / NS_PER_SECOND);
    let nanoseconds = cycles - seconds * NS_PER_SECOND + this.#offset.nanoseconds;
    if (nanoseconds < 0) {
      seconds--;
      nanoseconds += NS_PER_SECOND;
    } else if (nanoseconds >= NS_PER_SECOND) {
      seconds++;
      nanoseconds -= NS_PER_SECOND;
    }
    seconds += this.#offset.seconds;
    // V8 stores small integers in place, but allocates a box for each double.
    const small = seconds | 0;
    return { seconds: small === seconds ? small : seconds, nanoseconds: nanoseconds | 0 };
  }

  #exactly(cycles: bigint): Instant {
    return instantOf((cycles * BigInt(NS_PER_SECOND)) / this.#frequency + this.#offsetNs);
  }
}

/** Decoders of the events of one class. Absent parts take no bits. */
export interface EventDecoder {
  readonly shape: EventShape;
  readonly specificContext: StructDecoder | undefined;
  readonly fields: StructDecoder | undefined;
}

/** Decoders of the packets of one stream class. */
export class StreamDecoder {
  readonly schema: StreamSchema;
  readonly clock: TraceClock;
  readonly packetContext: StructDecoder | undefined;
  readonly eventHeader: StructDecoder | undefined;
  readonly commonContext: StructDecoder | undefined;
  readonly #source: TraceSource;
  readonly #compiler: TypeCompiler;
  readonly #events = new Map<number, EventDecoder>();

  private constructor(
    schema: StreamSchema,
    source: TraceSource,
    compiler: TypeCompiler,
    clock: TraceClock,
    parts: readonly (StructDecoder | undefined)[],
  ) {
    this.schema = schema;
    this.#source = source;
    this.#compiler = compiler;
    this.clock = clock;
    this.packetContext = parts[0];
    this.eventHeader = parts[1];
    this.commonContext = parts[2];
  }

  /** Compiles the parts that all packets of the class share. */
  static create(
    trace: TraceSchema,
    source: TraceSource,
    schema: StreamSchema,
    compiler: TypeCompiler,
  ): Result<StreamDecoder, string> {
    const packetContext = compileOptional(compiler, 'stream.packet.context', schema.packetContext);
    if (!packetContext.ok) return packetContext;
    const eventHeader = compileOptional(compiler, 'stream.event.header', schema.eventHeader);
    if (!eventHeader.ok) return eventHeader;
    const context = compileOptional(compiler, 'stream.event.context', schema.eventContext);
    if (!context.ok) return context;
    const name = clockIn(schema.eventHeader) ?? clockIn(schema.packetContext) ?? '';
    const clock = trace.clocks.get(name) ?? trace.clocks.values().next().value;
    const parts = [packetContext.value, eventHeader.value, context.value];
    return ok(new StreamDecoder(schema, source, compiler, new TraceClock(clock), parts));
  }

  /** The decoder of an event class, if it is compiled already. */
  known(id: number): EventDecoder | undefined {
    return this.#events.get(id);
  }

  /** The decoder of an event class; undefined while the metadata does not declare it. */
  event(id: number): Result<EventDecoder | undefined, string> {
    const known = this.#events.get(id);
    if (known !== undefined) return ok(known);
    const event = this.schema.events.get(id);
    if (event === undefined) return ok(undefined);
    const compiler = this.#compiler.fork();
    const context = compileOptional(compiler, 'event.context', event.context);
    if (!context.ok) return context;
    const fields = compileOptional(compiler, 'event.fields', event.fields);
    if (!fields.ok) return fields;
    const { packetContext, eventContext } = this.schema;
    const shape: EventShape = {
      id,
      name: event.name,
      source: this.#source,
      ...(event.logLevel !== undefined && { logLevel: event.logLevel }),
      ...(packetContext && { packetContextType: packetContext }),
      ...(eventContext && { commonContextType: eventContext }),
      ...(event.context && { specificContextType: event.context }),
      ...(event.fields && { fieldsType: event.fields }),
    };
    const decoder = { shape, specificContext: context.value, fields: fields.value };
    this.#events.set(id, decoder);
    return ok(decoder);
  }
}

/** State that the decoders of all streams of a trace share. */
interface TraceBase {
  readonly compiler: TypeCompiler;
  readonly packetHeader: StructDecoder | undefined;
}

/** The decoders of a trace. */
export class TraceDecoder {
  readonly schema: TraceSchema;
  readonly source: TraceSource;
  readonly #slots = new SlotCounter();
  readonly #streams = new Map<number, StreamDecoder>();
  #base: TraceBase | undefined;

  constructor(schema: TraceSchema, source: TraceSource) {
    this.schema = schema;
    this.source = source;
  }

  /** The decoder of packet headers; undefined in the result if packets have none. */
  packetHeader(): Result<StructDecoder | undefined, string> {
    const base = this.#compileBase();
    return base.ok ? ok(base.value.packetHeader) : base;
  }

  /** The decoder of a stream class; undefined while the metadata does not declare it. */
  stream(id: number): Result<StreamDecoder | undefined, string> {
    const known = this.#streams.get(id);
    if (known !== undefined) return ok(known);
    const schema = this.schema.streams.get(id);
    if (schema === undefined) return ok(undefined);
    const base = this.#compileBase();
    if (!base.ok) return base;
    const compiler = base.value.compiler.fork();
    const created = StreamDecoder.create(this.schema, this.source, schema, compiler);
    if (created.ok) this.#streams.set(id, created.value);
    return created;
  }

  #compileBase(): Result<TraceBase, string> {
    if (this.#base !== undefined) return ok(this.#base);
    const { byteOrder, clocks, packetHeader } = this.schema;
    if (byteOrder === undefined) return fail('the trace has no byte order');
    const compiler = new TypeCompiler(byteOrder === 'le', clocks, this.#slots);
    const decoder = compileOptional(compiler, 'trace.packet.header', packetHeader);
    if (!decoder.ok) return decoder;
    this.#base = { compiler, packetHeader: decoder.value };
    return ok(this.#base);
  }
}

function compileOptional(
  compiler: TypeCompiler,
  root: Parameters<TypeCompiler['compile']>[0],
  type: StructSchema | undefined,
): Result<StructDecoder | undefined, string> {
  return type === undefined ? ok(undefined) : compiler.compile(root, type);
}

/** The clock of the first timestamp in a type; in an event header or packet context it is the stream's clock. */
function clockIn(type: TypeSchema | undefined): string | undefined {
  if (type?.kind === 'integer') return type.clock;
  const parts =
    type?.kind === 'struct' ? type.fields : type?.kind === 'variant' ? type.options : [];
  for (const part of parts) {
    const found = clockIn(part.type);
    if (found !== undefined) return found;
  }
  return undefined;
}
