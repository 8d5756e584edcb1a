/** Fuzzes the decoders of socket bytes alone: the codec of every side of the protocols, with its schema. */
import fc from 'fast-check';
import * as v from 'valibot';
import type { Codec } from '../../src/wire/codec.ts';
import { PROTOCOLS, type ProtocolName } from '../../src/wire/protocols.ts';
import { type Blow, blows } from './hostile.ts';
import { count, newTally, plainReason, type Tally } from './tally.ts';

export const PROTOCOL_NAMES = Object.keys(PROTOCOLS) as ProtocolName[];

/** Sends `runs` streams of some blows each, cut anywhere, to every side of the protocols. */
export function fuzzFrames(runs: number, seed: number): Tally {
  const tally = newTally();
  for (const name of PROTOCOL_NAMES) {
    const { schema } = PROTOCOLS[name];
    const stream = fc.tuple(
      fc.array(blows(schema, {}), { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 4000 }), { maxLength: 8 }),
    );
    for (const [sent, cuts] of fc.sample(stream, { numRuns: runs, seed })) {
      try {
        readStream(name, sent, cuts, tally);
      } catch (error) {
        tally.defects.push(`${name}: threw ${String(error)} at ${JSON.stringify(kindsOf(sent))}`);
      }
    }
  }
  if (Object.hasOwn(Object.prototype, 'polluted')) tally.defects.push('a prototype was changed');
  return tally;
}

function kindsOf(sent: readonly Blow[]): string[] {
  return sent.map(({ kind }) => kind);
}

function readStream(
  name: ProtocolName,
  sent: readonly Blow[],
  cuts: readonly number[],
  tally: Tally,
): void {
  for (const { kind } of sent) count(tally.sent, kind);
  const { schema } = PROTOCOLS[name];
  const bytes = Buffer.concat(sent.map((blow) => blow.bytes));
  const codec: Codec = PROTOCOLS[name].open();
  let accepted = 0;
  let offset = 0;
  for (const cut of [...cuts, bytes.length]) {
    const { messages, trouble } = codec.decode(bytes.subarray(offset, offset + cut));
    offset += cut;
    for (const message of messages) {
      accepted += 1;
      if (!v.is(schema, message)) tally.defects.push(`${name}: let through what is not valid`);
      if (!isPlain(message)) tally.defects.push(`${name}: let through what is not plain`);
    }
    if (trouble !== undefined) {
      count(tally.cutOff, plainReason(trouble));
      expectAllValidBefore(name, sent, accepted, tally);
      return;
    }
  }
  if (sent.every(({ kind }) => kind === 'valid') && accepted !== sent.length) {
    tally.defects.push(`${name}: ${accepted} of ${sent.length} valid messages came through`);
  }
}

/** Checks that the first refused message is not a valid one. */
function expectAllValidBefore(
  name: ProtocolName,
  sent: readonly Blow[],
  accepted: number,
  tally: Tally,
): void {
  if (sent.slice(0, accepted + 1).every(({ kind }) => kind === 'valid')) {
    tally.defects.push(`${name}: refused a valid message`);
  }
}

/** True for objects, arrays, text, numbers and truth values only. */
function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlain);
  if (typeof value !== 'object')
    return ['string', 'number', 'boolean', 'undefined'].includes(typeof value);
  if (value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype || prototype === null) && Object.values(value).every(isPlain)
  );
}
