/**
 * Arbitrary traces in forms that our writer does not produce: integers of any width, alignment, byte order, base and
 * sign, reals of both byte orders, text, variants, contexts everywhere, clocks of other frequencies. The code writes
 * them bit by bit from the definitions in CTF 1.8 and shares nothing with the reader.
 */
import fc from 'fast-check';

/** Bits in the order of CTF 1.8, section 4.1.5, for one byte order. */
export class BitWriter {
  readonly #bits: number[] = [];
  readonly #little: boolean;

  constructor(little: boolean) {
    this.#little = little;
  }

  get length(): number {
    return this.#bits.length;
  }

  align(bits: number): void {
    while (this.#bits.length % bits !== 0) this.#bits.push(0);
  }

  /** Little endian: lowest bit first; big endian: highest bit first. */
  integer(value: bigint, width: number, little = this.#little): void {
    for (let index = 0; index < width; index++) {
      const bit = little ? index : width - 1 - index;
      this.#bits.push(Number((value >> BigInt(bit)) & 1n));
    }
  }

  bytes(bytes: Iterable<number>): void {
    for (const byte of bytes) this.integer(BigInt(byte), 8);
  }

  /** Overwrites `width` bits at `position`. */
  patch(position: number, value: bigint, width: number): void {
    const writer = new BitWriter(this.#little);
    writer.integer(value, width);
    for (const [index, bit] of writer.#bits.entries()) this.#bits[position + index] = bit;
  }

  /** Bytes; the first bit is a byte's lowest (little endian) or highest (big endian). */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.#bits.length / 8));
    for (const [index, bit] of this.#bits.entries()) {
      const offset = this.#little ? index % 8 : 7 - (index % 8);
      bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (bit << offset);
    }
    return bytes;
  }
}

/** A type: its declaration around a field's name, and a writer of arbitrary values. */
export interface ForeignType {
  readonly alignBits: number;
  declare(name: string): string;
  /** Writes a value drawn from `draw`; earlier fields' values by name. */
  write(writer: BitWriter, draw: () => bigint, values: Map<string, bigint>): bigint | undefined;
}
export interface ForeignField {
  readonly name: string;
  readonly type: ForeignType;
}

function writeStruct(fields: readonly ForeignField[], writer: BitWriter, draw: () => bigint): void {
  writer.align(fields.reduce((most, { type }) => Math.max(most, type.alignBits), 1));
  const values = new Map<string, bigint>();
  for (const { name, type } of fields) {
    writer.align(type.alignBits);
    const value = type.write(writer, draw, values);
    if (value !== undefined) values.set(name, value);
  }
}

function declareStruct(fields: readonly ForeignField[]): string {
  return `struct { ${fields.map(({ name, type }) => type.declare(name)).join(' ')} }`;
}

export interface IntegerOptions {
  readonly width: number;
  readonly alignBits: number;
  readonly signed: boolean;
  readonly base: string;
}

const integerOptions: fc.Arbitrary<IntegerOptions> = fc
  .record({
    width: fc.integer({ min: 1, max: 64 }),
    alignBits: fc.constantFrom(1, 1, 1, 2, 4, 8, 16, 32, 64),
    signed: fc.boolean(),
    base: fc.constantFrom('2', '8', '10', '16', 'x', 'octal', 'decimal'),
  })
  // babeltrace2 2.0.4 shows hexadecimal numbers of these widths as 0.
  .filter(({ width, base }) => width < 61 || width > 63 || (base !== '16' && base !== 'x'));

function integerText({ width, alignBits, signed, base }: IntegerOptions): string {
  return `integer { size = ${width}; align = ${alignBits}; signed = ${signed}; base = ${base}; }`;
}

function integerType(options: IntegerOptions): ForeignType {
  return {
    alignBits: options.alignBits,
    declare: (name) => `${integerText(options)} ${name};`,
    write: (writer, draw) => {
      const value = BigInt.asUintN(options.width, draw());
      writer.integer(value, options.width);
      return value;
    },
  };
}

const integer = integerOptions.map(integerType);

/** A byte-aligned integer may have another byte order than the trace. */
const swapped: fc.Arbitrary<ForeignType> = fc
  .record({ width: fc.constantFrom(8, 16, 24, 32, 48, 64), order: fc.constantFrom('le', 'be') })
  .map(({ width, order }) => ({
    alignBits: 8,
    declare: (name) =>
      `integer { size = ${width}; align = 8; signed = true; byte_order = ${order}; } ${name};`,
    write: (writer, draw) => {
      const value = BigInt.asUintN(width, draw());
      const shifts = Array.from({ length: width / 8 }, (_, index) => BigInt(8 * index));
      if (order === 'be') shifts.reverse();
      writer.bytes(shifts.map((shift) => Number((value >> shift) & 0xffn)));
      return undefined;
    },
  }));

const real: fc.Arbitrary<ForeignType> = fc.constantFrom(32, 64).chain((width) =>
  fc.constantFrom('le', 'be').map((order) => ({
    alignBits: 8,
    declare: (name) =>
      `floating_point { exp_dig = ${width === 32 ? 8 : 11}; mant_dig = ${width === 32 ? 24 : 53}; ` +
      `align = 8; byte_order = ${order}; } ${name};`,
    write: (writer, draw) => {
      const view = new DataView(new ArrayBuffer(width / 8));
      const value = Number(BigInt.asIntN(20, draw())) / 7;
      if (width === 32) view.setFloat32(0, value, order === 'le');
      else view.setFloat64(0, value, order === 'le');
      writer.bytes(new Uint8Array(view.buffer));
      return undefined;
    },
  })),
);

const text: fc.Arbitrary<ForeignType> = fc
  .constantFrom('string', 'string { encoding = ASCII; }')
  .map((keyword) => ({
    alignBits: 8,
    declare: (name) => `${keyword} ${name};`,
    write: (writer, draw) => {
      // Never empty: see `withoutStaleText`.
      const bytes = Array.from({ length: 1 + Number(draw() & 7n) }, (_, index) => 97 + index);
      writer.bytes([...bytes, 0]);
      return undefined;
    },
  }));

const enumeration: fc.Arbitrary<ForeignType> = integerOptions.map((options) => {
  const { width, signed } = options;
  const highest = 2n ** BigInt(signed ? width - 1 : width) - 1n;
  const clamp = (value: bigint): bigint => (value > highest ? highest : value);
  const ranges = `A = 0, B = ${clamp(1n)} ... ${clamp(5n)}, "C d" = ${clamp(4n)} ... ${clamp(9n)}`;
  return {
    alignBits: options.alignBits,
    declare: (name) => `enum : ${integerText(options)} { ${ranges} } ${name};`,
    write: (writer, draw) => {
      const value = BigInt.asUintN(width, draw() & 15n);
      writer.integer(value, width);
      return value;
    },
  };
});

const scalar = fc.oneof(integer, swapped, real, text, enumeration);

const array: fc.Arbitrary<ForeignType> = fc
  .tuple(scalar, fc.integer({ min: 1, max: 4 }))
  .map(([element, length]) => ({
    alignBits: element.alignBits,
    declare: (name) => element.declare(`${name}[${length}]`),
    write: (writer, draw, values) => {
      for (let index = 0; index < length; index++) {
        writer.align(element.alignBits);
        element.write(writer, draw, values);
      }
      return undefined;
    },
  }));

/** A sequence: its length precedes it in a field of its own, of any integer form. */
const sequence: fc.Arbitrary<ForeignType> = fc
  .tuple(scalar, integerOptions)
  .map(([element, options]) => {
    const lengthType = integerType({ ...options, signed: false });
    return {
      alignBits: Math.max(options.alignBits, element.alignBits),
      declare: (name) =>
        `struct { ${lengthType.declare('len')} ${element.declare('list[len]')} } ${name};`,
      write: (writer, draw, values) => {
        const length = lengthType.write(writer, () => draw() & 3n, values) ?? 0n;
        writer.align(element.alignBits);
        for (let index = 0; index < length; index++) {
          writer.align(element.alignBits);
          element.write(writer, draw, values);
        }
        return undefined;
      },
    };
  });

/** A variant: its tag precedes it in the same struct. */
const variant: fc.Arbitrary<ForeignType> = fc
  .tuple(scalar, scalar, scalar, fc.integer({ min: 2, max: 64 }))
  .map(([first, second, third, width]) => {
    const tag = `integer { size = ${width}; align = 1; signed = false; }`;
    const options = [first, second, third];
    const names = ['one', 'two', 'three'];
    const declared = options.map((option, index) => option.declare(names[index] ?? ''));
    return {
      alignBits: 1,
      declare: (name) =>
        `struct { enum : ${tag} { one, two, three = 2 ... 3 } tag; ` +
        `variant <tag> { ${declared.join(' ')} } held; } ${name};`,
      write: (writer, draw, values) => {
        const choice = draw() & 3n;
        writer.integer(choice, width);
        const option = options[Math.min(2, Number(choice))] ?? third;
        writer.align(option.alignBits);
        option.write(writer, draw, values);
        return undefined;
      },
    };
  });

const struct: fc.Arbitrary<ForeignType> = fc
  .array(scalar, { minLength: 1, maxLength: 3 })
  .map((types) => {
    const fields = types.map((type, index) => ({ name: `m${index}`, type }));
    return {
      alignBits: types.reduce((most, type) => Math.max(most, type.alignBits), 1),
      declare: (name) => `${declareStruct(fields)} ${name};`,
      write: (writer, draw) => {
        writeStruct(fields, writer, draw);
        return undefined;
      },
    };
  });

const anyType = fc.oneof(
  { arbitrary: scalar, weight: 4 },
  { arbitrary: array, weight: 1 },
  { arbitrary: sequence, weight: 1 },
  { arbitrary: variant, weight: 1 },
  { arbitrary: struct, weight: 1 },
);

/** Between one and eight fields `f0`, `_f1`, `f2`... */
function fieldsOf(types: fc.Arbitrary<ForeignType>): fc.Arbitrary<ForeignField[]> {
  return fc
    .array(types, { minLength: 1, maxLength: 8 })
    .map((list) => list.map((type, index) => ({ name: `${index % 2 ? '_' : ''}f${index}`, type })));
}

export interface ForeignTrace {
  readonly little: boolean;
  readonly frequency: bigint;
  readonly clockWidth: number;
  readonly packetContext: readonly ForeignField[];
  readonly eventContext: readonly ForeignField[];
  readonly specificContext: readonly ForeignField[];
  readonly fields: readonly ForeignField[];
  readonly packets: readonly (readonly bigint[])[];
  readonly paddingBytes: number;
  readonly seed: bigint;
}

export const foreignTrace: fc.Arbitrary<ForeignTrace> = fc
  .record({
    little: fc.boolean(),
    frequency: fc.constantFrom(1_000_000_000n, 1_000_000n, 2_400_000_001n, 1n),
    clockWidth: fc.constantFrom(7, 13, 27, 32, 40, 64),
    packetContext: fieldsOf(scalar),
    eventContext: fieldsOf(anyType),
    // babeltrace2 2.0.4 fails an assertion when the context of an event class contains a length or tag.
    specificContext: fieldsOf(fc.oneof(scalar, array, struct)),
    fields: fieldsOf(anyType),
    /** Ticks before each event of each packet. */
    packets: fc.array(fc.array(fc.bigInt({ min: 0n, max: 127n }), { maxLength: 12 }), {
      minLength: 1,
      maxLength: 5,
    }),
    paddingBytes: fc.constantFrom(0, 1, 64),
    seed: fc.bigInt({ min: 1n, max: 2n ** 60n }),
  })
  .map((trace) => ({ ...trace, [fc.toStringMethod]: () => writeForeignTrace(trace).metadata }));

/** The metadata text, and the bytes of the one stream file. */
export function writeForeignTrace(trace: ForeignTrace): { metadata: string; stream: Uint8Array } {
  const { little, clockWidth } = trace;
  const draw = drawFrom(trace.seed);
  const packets: Uint8Array[] = [];
  let clock = 5_000_000n;
  for (const pauses of trace.packets) {
    const writer = new BitWriter(little);
    writer.integer(0xc1fc1fc1n, 32);
    writer.align(64);
    const begin = clock;
    writer.integer(begin, 64);
    const patches = writer.length;
    for (let index = 0; index < 3; index++) writer.integer(0n, 64);
    writeStruct(trace.packetContext, writer, draw);
    for (const pause of pauses) {
      clock += pause;
      writer.align(8);
      writer.integer(BigInt.asUintN(clockWidth, clock), clockWidth);
      writeStruct(trace.eventContext, writer, draw);
      writeStruct(trace.specificContext, writer, draw);
      writeStruct(trace.fields, writer, draw);
    }
    const content = writer.length;
    writer.align(8);
    const size = writer.length + trace.paddingBytes * 8;
    writer.patch(patches, clock, 64);
    writer.patch(patches + 64, BigInt(content), 64);
    writer.patch(patches + 128, BigInt(size), 64);
    writer.bytes(new Uint8Array(trace.paddingBytes));
    packets.push(writer.toBytes());
  }
  return { metadata: metadataOf(trace), stream: Buffer.concat(packets) };
}

function metadataOf(trace: ForeignTrace): string {
  const u64 = 'integer { size = 64; align = 8; signed = false; }';
  const clocked = (width: number, align: number): string =>
    `integer { size = ${width}; align = ${align}; signed = false; map = clock.cycles.value; }`;
  const members = (fields: readonly ForeignField[]): string =>
    fields.map(({ name, type }) => type.declare(name)).join('\n    ');
  return `/* CTF 1.8 */
typealias integer { size = 32; align = 8; signed = false; } := u32;
trace {
  major = 1; minor = 8; byte_order = ${trace.little ? 'le' : 'be'};
  packet.header := struct { u32 magic; };
};
env { hostname = "far"; answer = 42; };
clock { name = cycles; freq = ${trace.frequency}; offset_s = 1000; offset = 17; };
stream {
  packet.context := struct {
    integer { size = 64; align = 64; signed = false; map = clock.cycles.value; } timestamp_begin;
    ${clocked(64, 8)} timestamp_end;
    ${u64} content_size; ${u64} packet_size;
    ${members(trace.packetContext)}
  };
  event.header := struct { ${clocked(trace.clockWidth, 8)} timestamp; };
  event.context := ${declareStruct(trace.eventContext)};
};
event {
  name = "far:away"; id = 0;
  context := ${declareStruct(trace.specificContext)};
  fields := ${declareStruct(trace.fields)};
};
`;
}

/** A splitmix64 sequence that often yields small values. */
function drawFrom(seed: bigint): () => bigint {
  let state = seed;
  return () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let mixed = state;
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n);
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
    mixed ^= mixed >> 31n;
    return mixed >> ((mixed & 3n) * 16n);
  };
}
