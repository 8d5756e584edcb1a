/**
 * Adds TSDL's top-level declarations, one at a time, to a {@link TraceSchema}. Types are declared before their use; a
 * stream class may follow the event classes that name it: LTTng writes it when the channel is complete. The builder
 * skips unknown attributes and blocks that decoding does not need.
 */
import { fail, ok, type Result } from '../../../base/result.ts';
import { NS_PER_SECOND_BIGINT } from '../../../base/time.ts';
import { decodeUtf8 } from '../../../base/utf8.ts';
import { isUuid } from '../../../base/uuid.ts';
import { TsdlError, tokenize } from './lexer.ts';
import { Scope } from './scope.ts';
import type { Declaration } from './splitter.ts';
import { type AttributeValue, TokenStream } from './token-stream.ts';
import {
  byteOrder,
  parseAttributes,
  parseDeclarator,
  parseType,
  parseTypeDeclaration,
} from './type-parser.ts';
import {
  DECLARATION_BYTES_MAX,
  type EventSchema,
  emptyTraceSchema,
  type StreamSchema,
  type StructSchema,
  TRACE_NODES_MAX,
  type TraceSchema,
} from './types.ts';

interface Block {
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  readonly structs: ReadonlyMap<string, StructSchema>;
}

/** Reads declarations and builds the schema. */
export class SchemaBuilder {
  readonly schema: TraceSchema = emptyTraceSchema();
  readonly #scope = new Scope();
  /** The event classes by stream class, also of stream classes that are not declared yet. */
  readonly #events = new Map<number, Map<number, EventSchema>>();
  #nodes = 0;

  /** Adds one declaration; the error names the mistake and its approximate byte in the metadata. */
  add(declaration: Declaration): Result<void, string> {
    if (declaration.bytes.length > DECLARATION_BYTES_MAX) {
      return fail(`Metadata cannot be read at byte ${declaration.offset}: too long a declaration`);
    }
    try {
      this.#parse(new TokenStream(tokenize(decodeUtf8(declaration.bytes))));
      return ok(undefined);
    } catch (error) {
      if (!(error instanceof TsdlError)) throw error;
      const offset = declaration.offset + error.offset;
      return fail(`Metadata cannot be read at byte ${offset}: ${error.message}`);
    }
  }

  #parse(tokens: TokenStream): void {
    if (tokens.takes(';') || parseTypeDeclaration(tokens, this.#scope, 0)) return;
    const { kind, text } = tokens.peek();
    const opensBlock = kind === 'word' && tokens.peek(1).text === '{';
    switch (opensBlock ? text : '') {
      case 'trace':
        return this.#traceBlock(tokens);
      case 'env':
        return this.#environmentBlock(tokens);
      case 'clock':
        return this.#clockBlock(tokens);
      case 'stream':
        return this.#streamBlock(tokens);
      case 'event':
        return this.#eventBlock(tokens);
      case 'callsite':
        tokens.next();
        parseAttributes(tokens);
        return tokens.expect(';');
      default:
        this.#namedType(tokens);
    }
  }

  /** `struct name { ... };` and the like. */
  #namedType(tokens: TokenStream, scope = this.#scope): void {
    if (!beginsNamedType(tokens)) tokens.fail('the beginning of the declaration is not known');
    const type = parseType(tokens, scope, 0);
    if (!tokens.sees(';')) parseDeclarator(tokens, type);
    tokens.expect(';');
  }

  #traceBlock(tokens: TokenStream): void {
    const { attributes, structs } = this.#block(tokens);
    const uuid = attributes.get('uuid');
    if (uuid !== undefined && !(typeof uuid === 'string' && isUuid(uuid))) {
      tokens.fail('the uuid of the trace is not a UUID');
    }
    const order = byteOrder(tokens, attributes.get('byte_order'));
    if (order === 'native') tokens.fail('the byte order of the trace is neither le nor be');
    else this.schema.byteOrder = order;
    this.schema.uuid = uuid;
    this.schema.packetHeader = structs.get('packet.header');
  }

  #environmentBlock(tokens: TokenStream): void {
    tokens.next();
    for (const [name, value] of parseAttributes(tokens)) {
      this.schema.environment[name] = typeof value === 'bigint' ? narrow(value) : textOf(value);
    }
    tokens.expect(';');
  }

  #clockBlock(tokens: TokenStream): void {
    tokens.next();
    const attributes = parseAttributes(tokens);
    tokens.expect(';');
    const name = attributes.get('name');
    if (name === undefined) return tokens.fail('a clock has no name');
    const frequency = integerOf(attributes, 'freq', NS_PER_SECOND_BIGINT);
    if (frequency <= 0n) tokens.fail('the frequency of a clock is not positive');
    const cycles = integerOf(attributes, 'offset', 0n);
    const uuid = attributes.get('uuid');
    this.schema.clocks.set(textOf(name), {
      name: textOf(name),
      ...(typeof uuid === 'string' ? { uuid } : {}),
      frequency,
      offsetNs:
        integerOf(attributes, 'offset_s', 0n) * NS_PER_SECOND_BIGINT +
        (cycles * NS_PER_SECOND_BIGINT) / frequency,
    });
  }

  #streamBlock(tokens: TokenStream): void {
    const { attributes, structs } = this.#block(tokens);
    const id = idOf(tokens, attributes, 'id');
    if (this.schema.streams.has(id)) tokens.fail(`stream class ${id} is declared twice`);
    const packetContext = structs.get('packet.context');
    const eventHeader = structs.get('event.header');
    const eventContext = structs.get('event.context');
    const stream: StreamSchema = {
      id,
      ...(packetContext && { packetContext }),
      ...(eventHeader && { eventHeader }),
      ...(eventContext && { eventContext }),
      events: this.#eventsOf(id),
    };
    this.schema.streams.set(id, stream);
  }

  #eventBlock(tokens: TokenStream): void {
    const { attributes, structs } = this.#block(tokens);
    const id = idOf(tokens, attributes, 'id');
    const streamId = idOf(tokens, attributes, 'stream_id');
    const events = this.#eventsOf(streamId);
    if (events.has(id)) tokens.fail(`event class ${id} of stream ${streamId} is declared twice`);
    const name = attributes.get('name');
    const logLevel = attributes.get('loglevel');
    const context = structs.get('context');
    const fields = structs.get('fields');
    const event: EventSchema = {
      id,
      name: name === undefined ? `event-${id}` : textOf(name),
      ...(typeof logLevel === 'bigint' ? { logLevel: Number(logLevel) } : {}),
      ...(context && { context }),
      ...(fields && { fields }),
    };
    events.set(id, event);
  }

  #eventsOf(streamId: number): Map<number, EventSchema> {
    const events = this.#events.get(streamId) ?? new Map<number, EventSchema>();
    this.#events.set(streamId, events);
    return events;
  }

  /** A block of attributes, `path := TYPE;` and type declarations, its leading word and final `;` included. */
  #block(tokens: TokenStream): Block {
    tokens.next();
    tokens.expect('{');
    const scope = new Scope(this.#scope);
    const attributes = new Map<string, AttributeValue>();
    const structs = new Map<string, StructSchema>();
    while (!tokens.takes('}')) {
      if (tokens.takes(';') || parseTypeDeclaration(tokens, scope, 0)) continue;
      if (beginsNamedType(tokens)) {
        this.#namedType(tokens, scope);
        continue;
      }
      const name = tokens.path('an attribute').join('.');
      if (tokens.takes(':=')) {
        const type = parseType(tokens, scope, 0);
        if (type.kind !== 'struct') return tokens.fail(`${name} is not a struct`);
        structs.set(name, type);
        this.#countNodes(tokens, type.size.nodes);
      } else {
        tokens.expect('=');
        attributes.set(name, tokens.value(`the value of ${name}`));
      }
      tokens.expect(';');
    }
    tokens.expect(';');
    return { attributes, structs };
  }

  #countNodes(tokens: TokenStream, nodes: number): void {
    this.#nodes += nodes;
    if (this.#nodes > TRACE_NODES_MAX)
      tokens.fail(`the types have more than ${TRACE_NODES_MAX} parts`);
  }
}

function beginsNamedType(tokens: TokenStream): boolean {
  return tokens.sees('struct') || tokens.sees('variant') || tokens.sees('enum');
}

function narrow(value: bigint): number | bigint {
  return BigInt.asIntN(53, value) === value ? Number(value) : value;
}

function textOf(value: AttributeValue): string {
  return typeof value === 'object' ? value.join('.') : String(value);
}

function integerOf(
  attributes: ReadonlyMap<string, AttributeValue>,
  name: string,
  otherwise: bigint,
): bigint {
  const value = attributes.get(name);
  return typeof value === 'bigint' ? value : otherwise;
}

/** An id, 0 if absent. */
function idOf(
  tokens: TokenStream,
  attributes: ReadonlyMap<string, AttributeValue>,
  name: string,
): number {
  const id = integerOf(attributes, name, 0n);
  if (id < 0n || id > BigInt(Number.MAX_SAFE_INTEGER)) tokens.fail(`${name} is out of range`);
  return Number(id);
}
