/** The bytes that a hostile peer writes: valid messages and many kinds of damaged ones. */
import fc from 'fast-check';
import type * as v from 'valibot';
import {
  encodeRaw,
  frame,
  isList,
  isMap,
  type RawValue,
  rawValueOf,
} from '../../sim/adversaries/raw-msgpack.ts';
import { FRAME_BYTES_MAX, MESSAGE_DEPTH_MAX, MESSAGE_VALUES_MAX } from '../../src/wire/limits.ts';
import { type Dictionary, validMessages } from './valid.ts';

/** Bytes for a socket; `kind` names their damage. */
export interface Blow {
  readonly kind: string;
  readonly bytes: Uint8Array;
}

const KINDS = [
  'wrong type',
  'missing member',
  'unknown member',
  'repeated member',
  'dangerous member',
  'number as key',
  'extension',
  'deep nesting',
  'many values',
  'long text',
  'boundary number',
] as const;
type Kind = (typeof KINDS)[number];

/** MessagePack extensions: timestamp, msgpackr's record, error, set, expression, pointer; and a reserved byte. */
const EXTENSIONS = [
  [0xd6, 0xff, 0, 0, 0, 0],
  [0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 1],
  [0xc7, 3, 0x65, 0x93, 0xa0, 0xa0],
  [0xd4, 0x73, 0, 0x91, 1],
  [0xd4, 0x78, 0, 0x92, 0xa4, 0x28, 0x61, 0x2b, 0x29, 0xa0],
  [0xd6, 0x69, 0, 0, 0, 1, 0xdd],
  [0xd6, 0x70, 0, 0, 0, 1],
  [0xc8, 0xff, 0xff, 1],
  [0xc1],
] as const;

const JUNK: readonly RawValue[] = [
  null,
  true,
  -1,
  0,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -0,
  2 ** 32,
  2 ** 53,
  2n ** 63n,
  -(2n ** 63n),
  '',
  '\u0000',
  '../../etc',
  '__proto__',
  [],
  [[]],
  { entries: [] },
  { entries: [['type', 'hello']] },
  { raw: Uint8Array.of(0xc4, 1, 7) },
  { raw: Uint8Array.of(0xa2, 0xff, 0xfe) },
];
const BOUNDARY_NUMBERS: readonly RawValue[] = [
  0,
  1,
  14,
  15,
  127,
  128,
  255,
  256,
  65_535,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
  2 ** 53,
  -1,
  -(2 ** 31),
  2n ** 53n,
  5n,
];
const DANGEROUS = ['__proto__', 'constructor', 'prototype'] as const;

/** Blows that contain messages of `schema`. */
export function blows(schema: v.GenericSchema, known: Dictionary): fc.Arbitrary<Blow> {
  const valid = validMessages(schema, known).map(rawValueOf);
  const intact = valid.map((node) => ({ kind: 'valid', bytes: frame(encodeRaw(node)) }));
  const damaged = fc
    .tuple(valid, fc.constantFrom(...KINDS), fc.nat(), fc.nat())
    .map(([node, kind, where, what]) => ({
      kind,
      bytes: frame(encodeRaw(damage(node, kind, where, what))),
    }));
  const broken = fc
    .tuple(valid.map(encodeRaw), fc.nat(7), fc.nat(), fc.uint8Array({ maxLength: 64 }))
    .map(([body, how, where, noise]) => breakFrame(body, how, where, noise));
  return fc.oneof(
    { arbitrary: intact, weight: 5 },
    { arbitrary: damaged, weight: 3 },
    { arbitrary: broken, weight: 1 },
  );
}

/** Only messages that `schema` accepts. */
export function validBlows(schema: v.GenericSchema, known: Dictionary): fc.Arbitrary<Blow> {
  return validMessages(schema, known).map((message) => ({
    kind: 'valid',
    bytes: frame(encodeRaw(rawValueOf(message))),
  }));
}

function breakFrame(body: Uint8Array, how: number, where: number, noise: Uint8Array): Blow {
  switch (how) {
    case 0:
      return { kind: 'length too small', bytes: frame(body, Math.max(0, body.length - 1)) };
    case 1:
      return { kind: 'length too large', bytes: frame(body, body.length + 1 + (where % 9)) };
    case 2:
      return { kind: 'oversized', bytes: frame(body, FRAME_BYTES_MAX + 1 + (where % 1000)) };
    case 3:
      return { kind: 'empty', bytes: frame(Buffer.alloc(0)) };
    case 4: {
      const whole = frame(body);
      return { kind: 'truncated', bytes: whole.subarray(0, where % whole.length) };
    }
    case 5:
      return { kind: 'two in one frame', bytes: frame(Buffer.concat([body, body])) };
    case 6:
      return { kind: 'noise', bytes: frame(noise) };
    default: {
      const flipped = Buffer.from(body);
      const at = where % Math.max(1, flipped.length);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (where % 8));
      return { kind: 'flipped bit', bytes: frame(flipped) };
    }
  }
}

/** Damages the `where`th value of the message. */
function damage(node: RawValue, kind: Kind, where: number, what: number): RawValue {
  const junk = JUNK[what % JUNK.length] as RawValue;
  switch (kind) {
    case 'wrong type':
      return atPlace(node, where, () => junk);
    case 'boundary number':
      return atPlace(
        node,
        where,
        () => BOUNDARY_NUMBERS[what % BOUNDARY_NUMBERS.length] as RawValue,
      );
    case 'long text':
      return atPlace(node, where, () => 'x'.repeat(what % (FRAME_BYTES_MAX - 4096)));
    case 'deep nesting':
      return atPlace(node, where, () =>
        nested(MESSAGE_DEPTH_MAX - 8 + (what % (where % 10 === 0 ? 80_000 : 20))),
      );
    case 'many values':
      return atPlace(node, where, () =>
        new Array<RawValue>(what % (2 * MESSAGE_VALUES_MAX)).fill(0),
      );
    case 'extension': {
      const bytes = EXTENSIONS[what % EXTENSIONS.length] as readonly number[];
      return atPlace(node, where, () => ({ raw: Uint8Array.from(bytes) }));
    }
    default:
      return atMap(node, where, (entries) => damagedEntries(entries, kind, what, junk));
  }
}

type Entries = readonly (readonly [RawValue, RawValue])[];

function damagedEntries(entries: Entries, kind: Kind, what: number, junk: RawValue): Entries {
  const chosen = entries[what % Math.max(1, entries.length)] ?? ['type', null];
  switch (kind) {
    case 'missing member':
      return entries.filter((entry) => entry !== chosen);
    case 'repeated member':
      return [...entries, [chosen[0], junk]];
    case 'dangerous member':
      return [...entries, [DANGEROUS[what % 3] as string, { entries: [['polluted', true]] }]];
    case 'number as key':
      return [...entries, [what % 3 === 0 ? null : what % 100, junk]];
    default:
      return [...entries, [`x${what % 100}`, junk]];
  }
}

/** Nested lists or maps, as bytes: too deep for a recursive decoder. */
function nested(depth: number): RawValue {
  const level = depth % 2 === 0 ? [0x91] : [0x81, 0xa1, 0x61];
  return { raw: Uint8Array.from([...new Array<number[]>(depth).fill(level).flat(), 1]) };
}

/** Replaces the `where`th value, counted from the root, modulo the number of values. */
function atPlace(node: RawValue, where: number, change: (node: RawValue) => RawValue): RawValue {
  return walk(node, where % countOf(node), change);
}

function atMap(node: RawValue, where: number, change: (entries: Entries) => Entries): RawValue {
  const maps = countOf(node, isMap);
  if (maps === 0) return node;
  return walk(
    node,
    where % maps,
    (found) => (isMap(found) ? { entries: change(found.entries) } : found),
    isMap,
  );
}

type Counts = (node: RawValue) => boolean;
const EVERY: Counts = () => true;

function countOf(node: RawValue, counts: Counts = EVERY): number {
  return (
    (counts(node) ? 1 : 0) +
    childrenOf(node).reduce((sum: number, child) => sum + countOf(child, counts), 0)
  );
}

function childrenOf(node: RawValue): readonly RawValue[] {
  if (isList(node)) return node;
  return isMap(node) ? node.entries.map(([, value]) => value) : [];
}

function walk(
  node: RawValue,
  index: number,
  change: (node: RawValue) => RawValue,
  counts: Counts = EVERY,
): RawValue {
  if (counts(node)) {
    if (index === 0) return change(node);
    index -= 1;
  }
  const step = (child: RawValue): RawValue => {
    const size = countOf(child, counts);
    const changed = index >= 0 && index < size ? walk(child, index, change, counts) : child;
    index -= size;
    return changed;
  };
  if (isList(node)) return node.map(step);
  if (!isMap(node)) return node;
  return { entries: node.entries.map(([key, value]) => [key, step(value)] as const) };
}
