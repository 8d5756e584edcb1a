/** What a hostile peer writes: valid messages, and what becomes of them under all kinds of damage. */
import fc from 'fast-check';
import type * as v from 'valibot';
import {
  frame,
  isList,
  isMap,
  type Node,
  nodeOf,
  pack,
} from '../../sim/adversaries/raw-msgpack.ts';
import { FRAME_BYTES_MAX, MESSAGE_DEPTH_MAX, MESSAGE_VALUES_MAX } from '../../src/wire/limits.ts';
import { type Dictionary, validMessages } from './valid.ts';

/** Bytes for a socket; `kind` says what is the matter with them. */
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

const JUNK: readonly Node[] = [
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
const BOUNDARY_NUMBERS: readonly Node[] = [
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

/** Blows with the messages of `schema` in them. */
export function blows(schema: v.GenericSchema, known: Dictionary): fc.Arbitrary<Blow> {
  const valid = validMessages(schema, known).map(nodeOf);
  const intact = valid.map((node) => ({ kind: 'valid', bytes: frame(pack(node)) }));
  const damaged = fc
    .tuple(valid, fc.constantFrom(...KINDS), fc.nat(), fc.nat())
    .map(([node, kind, where, what]) => ({
      kind,
      bytes: frame(pack(damage(node, kind, where, what))),
    }));
  const broken = fc
    .tuple(valid.map(pack), fc.nat(7), fc.nat(), fc.uint8Array({ maxLength: 64 }))
    .map(([body, how, where, noise]) => breakFrame(body, how, where, noise));
  return fc.oneof(
    { arbitrary: intact, weight: 5 },
    { arbitrary: damaged, weight: 3 },
    { arbitrary: broken, weight: 1 },
  );
}

/** Only what `schema` accepts. */
export function validBlows(schema: v.GenericSchema, known: Dictionary): fc.Arbitrary<Blow> {
  return validMessages(schema, known).map((message) => ({
    kind: 'valid',
    bytes: frame(pack(nodeOf(message))),
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

/** The `where`th place of the message damaged. */
function damage(node: Node, kind: Kind, where: number, what: number): Node {
  const junk = JUNK[what % JUNK.length] as Node;
  switch (kind) {
    case 'wrong type':
      return atPlace(node, where, () => junk);
    case 'boundary number':
      return atPlace(node, where, () => BOUNDARY_NUMBERS[what % BOUNDARY_NUMBERS.length] as Node);
    case 'long text':
      return atPlace(node, where, () => 'x'.repeat(what % (FRAME_BYTES_MAX - 4096)));
    case 'deep nesting':
      return atPlace(node, where, () =>
        nested(MESSAGE_DEPTH_MAX - 8 + (what % (where % 10 === 0 ? 80_000 : 20))),
      );
    case 'many values':
      return atPlace(node, where, () => new Array<Node>(what % (2 * MESSAGE_VALUES_MAX)).fill(0));
    case 'extension': {
      const bytes = EXTENSIONS[what % EXTENSIONS.length] as readonly number[];
      return atPlace(node, where, () => ({ raw: Uint8Array.from(bytes) }));
    }
    default:
      return atMap(node, where, (entries) => damagedEntries(entries, kind, what, junk));
  }
}

type Entries = readonly (readonly [Node, Node])[];

function damagedEntries(entries: Entries, kind: Kind, what: number, junk: Node): Entries {
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

/** Lists in lists, or maps in maps, as bytes: far too deep for anything that calls itself. */
function nested(depth: number): Node {
  const level = depth % 2 === 0 ? [0x91] : [0x81, 0xa1, 0x61];
  return { raw: Uint8Array.from([...new Array<number[]>(depth).fill(level).flat(), 1]) };
}

/** Replaces the `where`th value, counted from the root and around. */
function atPlace(node: Node, where: number, change: (node: Node) => Node): Node {
  return walk(node, where % countOf(node), change);
}

function atMap(node: Node, where: number, change: (entries: Entries) => Entries): Node {
  const maps = countOf(node, isMap);
  if (maps === 0) return node;
  return walk(
    node,
    where % maps,
    (found) => (isMap(found) ? { entries: change(found.entries) } : found),
    isMap,
  );
}

type Counts = (node: Node) => boolean;
const EVERY: Counts = () => true;

function countOf(node: Node, counts: Counts = EVERY): number {
  return (
    (counts(node) ? 1 : 0) +
    childrenOf(node).reduce((sum: number, child) => sum + countOf(child, counts), 0)
  );
}

function childrenOf(node: Node): readonly Node[] {
  if (isList(node)) return node;
  return isMap(node) ? node.entries.map(([, value]) => value) : [];
}

function walk(
  node: Node,
  index: number,
  change: (node: Node) => Node,
  counts: Counts = EVERY,
): Node {
  if (counts(node)) {
    if (index === 0) return change(node);
    index -= 1;
  }
  const step = (child: Node): Node => {
    const size = countOf(child, counts);
    const changed = index >= 0 && index < size ? walk(child, index, change, counts) : child;
    index -= size;
    return changed;
  };
  if (isList(node)) return node.map(step);
  if (!isMap(node)) return node;
  return { entries: node.entries.map(([key, value]) => [key, step(value)] as const) };
}
