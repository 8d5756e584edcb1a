/** The limits of the streams, traces and metadata that a viewer follows, at them and past them. */
import { expect, it } from 'vitest';
import { encodeUtf8 } from '../../../../../src/base/utf8.ts';
import { FollowedSession } from '../../../../../src/view/live/followed-session.ts';
import {
  ALL_METADATA_BYTES_MAX,
  FINISHED_TRACES_MAX,
  FOLLOWED_MAX,
} from '../../../../../src/view/live/limits.ts';
import { StreamTable } from '../../../../../src/view/live/stream-table.ts';
import { STREAM } from '../../../../support/simulated/scripted-viewing.ts';

const SESSION = { session: 1n, liveTimerUs: 0, viewers: 0, streams: 0, host: 'box', name: 'web' };

function begun() {
  const lies: string[] = [];
  const table = new StreamTable((reason) => void lies.push(reason));
  const session = new FollowedSession(SESSION, 'net://store');
  const add = (stream: bigint, trace = 1n) => table.add(session, { ...STREAM, stream, trace });
  return { lies, table, session, add };
}

it('streams have a limit', () => {
  const { lies, table, session, add } = begun();
  for (let stream = 0; stream < FOLLOWED_MAX; stream++) add(BigInt(stream));
  expect([lies, table.count, session.streams]).toEqual([[], FOLLOWED_MAX, FOLLOWED_MAX]);
  expect(add(BigInt(FOLLOWED_MAX))).toBeUndefined();
  expect(lies).toEqual([`tells more than ${FOLLOWED_MAX} streams`]);
});

it('of traces without streams the last ones are known', () => {
  const { table, add } = begun();
  const traces = Array.from({ length: FINISHED_TRACES_MAX + 1 }, (_, at) => {
    const stream = add(BigInt(at), BigInt(at));
    if (stream !== undefined) table.remove(stream);
    return stream?.trace;
  });
  const again = (trace: number) => add(BigInt(1000 + trace), BigInt(trace))?.trace;
  expect(again(1)).toBe(traces[1]);
  expect(again(FINISHED_TRACES_MAX)).toBe(traces[FINISHED_TRACES_MAX]);
  expect(again(0)).not.toBe(traces[0]);
});

it('traces have a limit', () => {
  const { lies, table, session } = begun();
  for (let trace = 0; trace <= FOLLOWED_MAX; trace++) {
    expect(lies).toEqual([]);
    table.add(session, { ...STREAM, isMetadata: true, trace: BigInt(trace) });
  }
  expect(lies).toEqual([`tells more than ${FOLLOWED_MAX} traces`]);
});

it('metadata of all traces has a limit, and that of a broken trace is not kept', () => {
  const { lies, table, add } = begun();
  const stream = add(1n);
  if (stream === undefined) throw new Error('no stream');
  const { trace } = stream;
  const broken = encodeUtf8('event { id = ; };');
  expect(table.addMetadata(trace, broken).ok).toBe(false);
  const rest = new Uint8Array(ALL_METADATA_BYTES_MAX - broken.byteLength);
  expect(table.addMetadata(trace, rest).ok).toBe(true);
  expect(lies).toEqual([]);
  table.addMetadata(trace, new Uint8Array(1));
  expect(lies).toEqual([`sends more than ${ALL_METADATA_BYTES_MAX} bytes of metadata`]);
});
