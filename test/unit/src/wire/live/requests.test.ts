/** Every message between viewers and the relay is read as it was written; what is damaged gives an error. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ViewerParser } from '../../../../../src/wire/live/frames.ts';
import {
  LISTED_SESSIONS_MAX,
  LIVE_DATA_BYTES_MAX,
  LIVE_MINOR_MAX,
  LIVE_MINOR_MIN,
  LIVE_REQUEST_BYTES_MAX,
  READ_STREAMS_MAX,
} from '../../../../../src/wire/live/limits.ts';
import {
  decodeViewerReply,
  decodeViewerRequest,
  encodeViewerReply,
  encodeViewerRequest,
  type ViewerReplyTo,
  type ViewerRequest,
  type ViewerRequestType,
} from '../../../../../src/wire/live/requests.ts';
import { text } from '../../../../support/relay/requests.ts';

const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
const u32 = fc.nat(0xffff_ffff);
const minors = fc.integer({ min: LIVE_MINOR_MIN, max: LIVE_MINOR_MAX });

const request: fc.Arbitrary<ViewerRequest> = fc.oneof(
  fc.record({
    type: fc.constant('connect' as const),
    viewer: u64,
    major: u32,
    minor: u32,
    purpose: u32,
  }),
  fc.constant({ type: 'create-viewer' as const }),
  fc.constant({ type: 'list-sessions' as const }),
  fc.record({
    type: fc.constant('attach' as const),
    session: u64,
    offset: u64,
    seek: fc.constantFrom('beginning' as const, 'last' as const),
  }),
  fc.record({ type: fc.constant('get-new-streams' as const), session: u64 }),
  fc.record({ type: fc.constant('detach' as const), session: u64 }),
  fc.record({ type: fc.constant('get-metadata' as const), stream: u64 }),
  fc.record({ type: fc.constant('get-next-index' as const), stream: u64 }),
  fc.record({
    type: fc.constant('get-packet' as const),
    stream: u64,
    offset: u64,
    byteLength: u32,
  }),
);

const news = { hasNewMetadata: fc.boolean(), hasNewStreams: fc.boolean() };
const streams = fc.array(
  fc.record({
    stream: u64,
    trace: u64,
    isMetadata: fc.boolean(),
    path: text(4095),
    channel: text(254),
  }),
  { maxLength: 3 },
);

type ReplyCase = { [Type in ViewerRequestType]: [Type, ViewerReplyTo<Type>] }[ViewerRequestType];

function replyIn(minor: number): fc.Arbitrary<ReplyCase> {
  const session = {
    session: u64,
    liveTimerUs: u32,
    viewers: u32,
    streams: u32,
    host: text(minor < 15 ? 63 : 255),
    name: text(254),
    ...(minor < 15 ? {} : { traceFormat: u32 }),
  };
  const cases: { [Type in ViewerRequestType]: fc.Arbitrary<ViewerReplyTo<Type>> } = {
    connect: fc.record({ viewer: u64, major: u32, minor: u32, purpose: u32 }),
    'create-viewer': fc.record({ status: fc.constantFrom('ok' as const, 'error' as const) }),
    'list-sessions': fc.record({ sessions: fc.array(fc.record(session)) }),
    attach: fc.record({
      status: fc.constantFrom('ok' as const, 'already' as const, 'no-viewer' as const),
      streams,
    }),
    'get-new-streams': fc.record({
      status: fc.constantFrom('ok' as const, 'none' as const, 'hung-up' as const),
      streams,
    }),
    detach: fc.record({ status: fc.constantFrom('ok' as const, 'unknown' as const) }),
    'get-metadata': fc.record({
      status: fc.constantFrom('ok' as const, 'nothing-new' as const),
      content: fc.uint8Array(),
    }),
    'get-next-index': fc.record({
      status: fc.constantFrom('ok' as const, 'retry' as const, 'inactive' as const),
      offset: u64,
      packetBits: u64,
      contentBits: u64,
      timestampBegin: u64,
      timestampEnd: u64,
      eventsDiscarded: u64,
      streamClass: u64,
      ...news,
    }),
    'get-packet': fc.record({
      status: fc.constantFrom('ok' as const, 'error' as const),
      content: fc.uint8Array(),
      ...news,
    }),
  };
  const types = Object.keys(cases) as ViewerRequestType[];
  return fc.oneof(
    ...types.map((type) => cases[type].map((reply) => [type, reply] as unknown as ReplyCase)),
  );
}

const dialogue = minors.chain((minor) => fc.tuple(fc.constant(minor), replyIn(minor)));

function frameOf(sent: ViewerRequest): { command: number; payload: Uint8Array } {
  const [frame] = new ViewerParser().push(encodeViewerRequest(sent, 4)).frames;
  if (frame === undefined) throw new Error('no frame');
  return frame;
}

describe('requests of viewers', () => {
  it('decodeViewerRequest() inverts encodeViewerRequest() for any split of the bytes', () => {
    fc.assert(
      fc.property(fc.array(request), minors, fc.array(fc.nat(30)), (requests, minor, cuts) => {
        const bytes = Buffer.concat(requests.map((sent) => encodeViewerRequest(sent, minor)));
        const parser = new ViewerParser();
        const decoded: unknown[] = [];
        let offset = 0;
        for (const cut of [...cuts, bytes.byteLength]) {
          const { frames, trouble } = parser.push(bytes.subarray(offset, offset + cut));
          expect(trouble).toBeUndefined();
          decoded.push(...frames.map((frame) => decodeViewerRequest(frame, minor)));
          offset += cut;
        }
        expect(decoded).toEqual(requests.map((value) => ({ ok: true, value })));
        expect(parser.heldBytes).toBe(0);
      }),
    );
  });

  it('decodeViewerRequest() names the field at which a truncated message ends', () => {
    fc.assert(
      fc.property(request, fc.nat(), (sent, at) => {
        const { command, payload } = frameOf(sent);
        if (payload.byteLength === 0) return;
        const cut = payload.subarray(0, at % payload.byteLength);
        const outcome = decodeViewerRequest({ command, payload: cut }, 4);
        expect(outcome.ok ? '' : outcome.error).toMatch(/^[a-z-]+: .+: needs/);
      }),
    );
  });

  it('decodeViewerRequest() never throws on mutated messages', () => {
    const mutation = fc.record({ at: fc.nat(), byte: fc.nat(255) });
    fc.assert(
      fc.property(request, fc.array(mutation), fc.nat(12), (sent, mutations, command) => {
        const { payload } = frameOf(sent);
        for (const { at, byte } of mutations) {
          if (payload.byteLength > 0) payload[at % payload.byteLength] = byte;
        }
        const outcome = decodeViewerRequest({ command, payload }, 4);
        expect(outcome.ok ? 'none' : outcome.error).not.toBe('');
      }),
    );
  });

  it('decodeViewerRequest() refuses unknown commands, unknown seeks, and bytes after the last field', () => {
    const payload = new Uint8Array(0);
    expect(decodeViewerRequest({ command: 10, payload }, 4)).toEqual({
      ok: false,
      error: 'viewer command 10 is unknown',
    });
    const attach = frameOf({ type: 'attach', session: 1n, offset: 0n, seek: 'last' });
    attach.payload[19] = 3;
    expect(decodeViewerRequest(attach, 4)).toEqual({
      ok: false,
      error: 'attach: seek: is 3, neither 1 nor 2',
    });
    const longer = { command: 2, payload: new Uint8Array(1) };
    expect(decodeViewerRequest(longer, 4)).toEqual({
      ok: false,
      error: 'list-sessions: 1 bytes follow the last field',
    });
  });

  it('push() refuses a longer payload than the bound when its header is complete', () => {
    const header = Buffer.alloc(16);
    header.writeBigUInt64BE(BigInt(LIVE_REQUEST_BYTES_MAX), 0);
    expect(new ViewerParser().push(header)).toEqual({ frames: [] });
    header.writeBigUInt64BE(BigInt(LIVE_REQUEST_BYTES_MAX + 1), 0);
    expect(new ViewerParser().push(header)).toEqual({
      frames: [],
      trouble: `data size of a viewer message: is ${LIVE_REQUEST_BYTES_MAX + 1}, more than ${LIVE_REQUEST_BYTES_MAX}`,
    });
  });
});

describe('replies to viewers', () => {
  it('decodeViewerReply() inverts encodeViewerReply() in every revision, and waits for the last byte', () => {
    fc.assert(
      fc.property(dialogue, fc.nat(), ([minor, [type, reply]], at) => {
        const bytes = encodeViewerReply(type, reply, minor);
        const { byteLength } = bytes;
        expect(decodeViewerReply(type, Buffer.concat([bytes, Buffer.of(9)]), minor)).toEqual({
          ok: true,
          value: { reply, byteLength },
        });
        const cut = bytes.subarray(0, at % byteLength);
        expect(decodeViewerReply(type, cut, minor)).toEqual({ ok: true, value: undefined });
      }),
    );
  });

  it('decodeViewerReply() never throws on mutated replies', () => {
    const mutation = fc.record({ at: fc.nat(200), byte: fc.nat(255) });
    fc.assert(
      fc.property(dialogue, fc.array(mutation), minors, ([minor, [type, reply]], all, other) => {
        const bytes = encodeViewerReply(type, reply, minor);
        for (const { at, byte } of all) bytes[at % bytes.byteLength] = byte;
        const outcome = decodeViewerReply(type, bytes, other);
        expect(outcome.ok ? 'reply to' : outcome.error).toMatch(/^reply to/);
      }),
    );
  });

  it('decodeViewerReply() checks counts and lengths before it reads what they count', () => {
    const refusal = (type: ViewerRequestType, ...words: number[]): string => {
      const bytes = Buffer.concat(
        words.map((word) => {
          const field = Buffer.alloc(4);
          field.writeUInt32BE(word);
          return field;
        }),
      );
      const outcome = decodeViewerReply(type, bytes, 13);
      return outcome.ok ? 'none' : outcome.error;
    };
    expect(refusal('list-sessions', LISTED_SESSIONS_MAX)).toBe('none');
    expect(refusal('list-sessions', LISTED_SESSIONS_MAX + 1)).toMatch(
      /number of sessions: is 4097/,
    );
    expect(refusal('attach', 1, READ_STREAMS_MAX)).toBe('none');
    expect(refusal('attach', 1, READ_STREAMS_MAX + 1)).toMatch(/number of streams: is 8193/);
    expect(refusal('attach', 7, 0)).toMatch(/status: is 7, which is unknown/);
    expect(refusal('get-packet', 1, LIVE_DATA_BYTES_MAX, 0)).toBe('none');
    expect(refusal('get-packet', 1, LIVE_DATA_BYTES_MAX + 1, 0)).toMatch(/length: is 1048577/);
    expect(refusal('get-metadata', 1, 0, 1)).toMatch(/length: is 4294967296/);
  });

  it('encodeViewerReply() cuts names that do not fit before revision 2.15, between two characters', () => {
    const session = { session: 1n, liveTimerUs: 2, viewers: 3, streams: 4, name: 'web' };
    const host = `${'h'.repeat(62)}é`;
    const sent = { sessions: [{ ...session, host, traceFormat: 2 }] };
    const readIn = (minor: number) => {
      const bytes = encodeViewerReply('list-sessions', sent, minor);
      const read = decodeViewerReply('list-sessions', bytes, minor);
      return read.ok ? read.value?.reply.sessions[0] : read.error;
    };
    expect(readIn(14)).toEqual({ ...session, host: 'h'.repeat(62) });
    expect(readIn(15)).toEqual({ ...session, host, traceFormat: 2 });
  });
});
