/** Every message of every revision is read as it was written; what is damaged gives an error that names its field. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ControlParser } from '../../../../../src/wire/relay/control-frames.ts';
import { EXTENSIONS } from '../../../../../src/wire/relay/extensions.ts';
import {
  CONTROL_PAYLOAD_BYTES_MAX,
  PACKET_PADDING_BYTES_MAX,
  RELAY_MINOR_MAX,
  RELAY_MINOR_MIN,
  ROTATED_STREAMS_MAX,
} from '../../../../../src/wire/relay/limits.ts';
import {
  type AnsweredType,
  decodeReply,
  decodeRequest,
  encodeReply,
  encodeRequest,
  type RelayRequest,
  type ReplyTo,
} from '../../../../../src/wire/relay/requests.ts';
import { requestOf } from '../../../../support/relay/requests.ts';

const minors = fc.integer({ min: RELAY_MINOR_MIN, max: RELAY_MINOR_MAX });
const dialogue = minors.chain((minor) =>
  fc.record({ minor: fc.constant(minor), requests: fc.array(requestOf(minor), { minLength: 1 }) }),
);

function framesOf(bytes: Uint8Array): readonly { command: number; payload: Uint8Array }[] {
  const { frames, trouble } = new ControlParser().push(bytes);
  expect(trouble).toBeUndefined();
  return frames;
}

function payloadOf(request: RelayRequest, minor = 13): { command: number; payload: Uint8Array } {
  const [frame] = framesOf(encodeRequest(request, minor));
  if (frame === undefined) throw new Error('no frame');
  return { ...frame, payload: frame.payload.slice() };
}

describe('requests', () => {
  it('decodeRequest() inverts encodeRequest() in every revision, for any split of the bytes', () => {
    fc.assert(
      fc.property(dialogue, fc.array(fc.nat(40)), ({ minor, requests }, cuts) => {
        const bytes = Buffer.concat(requests.map((request) => encodeRequest(request, minor)));
        const parser = new ControlParser();
        const decoded: unknown[] = [];
        let offset = 0;
        for (const cut of [...cuts, bytes.byteLength]) {
          const { frames, trouble } = parser.push(bytes.subarray(offset, offset + cut));
          expect(trouble).toBeUndefined();
          decoded.push(...frames.map((frame) => decodeRequest(frame, minor)));
          offset += cut;
        }
        expect(decoded).toEqual(requests.map((value) => ({ ok: true, value })));
        expect(parser.heldBytes).toBe(0);
      }),
    );
  });

  it('decodeRequest() names the field at which a truncated message ends', () => {
    fc.assert(
      fc.property(dialogue, fc.nat(), ({ minor, requests: [request] }, at) => {
        if (request === undefined || request.type === 'send-metadata') return;
        const { command, payload } = payloadOf(request, minor);
        if (payload.byteLength === 0) return;
        const cut = payload.subarray(0, at % payload.byteLength);
        const outcome = decodeRequest({ command, payload: cut }, minor);
        // A list of streams that ends earlier can look like one of a compiler with less padding.
        const heard = outcome.ok ? request.type : outcome.error;
        expect(heard).toMatch(/^(?:[a-z-]+: .+: .+|rotate-streams$)/);
      }),
    );
  });

  it('decodeRequest() never throws on mutated messages', () => {
    const mutation = fc.record({ at: fc.nat(), byte: fc.nat(255) });
    fc.assert(
      fc.property(dialogue, fc.array(mutation), minors, (given, mutations, other) => {
        for (const request of given.requests) {
          const { command, payload } = payloadOf(request, given.minor);
          for (const { at, byte } of mutations) {
            if (payload.byteLength > 0) payload[at % payload.byteLength] = byte;
          }
          const outcome = decodeRequest({ command, payload }, other);
          expect(outcome.ok || outcome.error.length > 0).toBe(true);
        }
      }),
    );
  });

  it('decodeRequest() refuses commands that a revision does not have, and bytes after the last field', () => {
    const frame = payloadOf({ type: 'chunk-exists', chunk: 1n });
    expect(decodeRequest(frame, 10)).toEqual({
      ok: false,
      error: 'chunk-exists: not in revision 2.10',
    });
    expect(decodeRequest({ command: 3, payload: new Uint8Array(0) }, 13)).toEqual({
      ok: false,
      error: 'command 3 is unknown',
    });
    const longer = { ...frame, payload: Buffer.concat([frame.payload, Buffer.of(0)]) };
    expect(decodeRequest(longer, 13)).toEqual({
      ok: false,
      error: 'chunk-exists: 1 bytes follow the last field',
    });
  });

  it('decodeRequest() infers the padding of the three compilers', () => {
    const request = {
      type: 'rotate-streams',
      newChunk: 7n,
      positions: [{ stream: 1n, sequence: 2n }],
    } as const;
    const { command, payload } = payloadOf(request);
    for (const padding of [0, 3, 7]) {
      const packed = Buffer.concat([payload.subarray(0, 5 + padding), payload.subarray(12)]);
      expect(decodeRequest({ command, payload: packed }, 13)).toEqual({ ok: true, value: request });
    }
    const odd = Buffer.concat([payload.subarray(0, 9), payload.subarray(12)]);
    expect(decodeRequest({ command, payload: odd }, 13)).toEqual({
      ok: false,
      error: 'rotate-streams: number of streams: is 1, which does not fit the length',
    });
  });

  it('decodeRequest() checks lengths and counts before it reads what they count', () => {
    const rotate = payloadOf({ type: 'rotate-streams', positions: [] });
    new DataView(rotate.payload.buffer).setUint32(0, ROTATED_STREAMS_MAX + 1);
    expect(decodeRequest(rotate, 13)).toMatchObject({
      error: `rotate-streams: number of streams: is ${ROTATED_STREAMS_MAX + 1}, more than ${ROTATED_STREAMS_MAX}`,
    });
    const metadata = payloadOf({
      type: 'send-metadata',
      stream: 1n,
      padding: PACKET_PADDING_BYTES_MAX,
      content: new Uint8Array(3),
    });
    expect(decodeRequest(metadata, 13).ok).toBe(true);
    new DataView(metadata.payload.buffer).setUint32(8, PACKET_PADDING_BYTES_MAX + 1);
    expect(decodeRequest(metadata, 13)).toMatchObject({
      error: `send-metadata: padding: is ${PACKET_PADDING_BYTES_MAX + 1}, more than ${PACKET_PADDING_BYTES_MAX}`,
    });
    const chunk = payloadOf({ type: 'create-chunk', chunk: 0n, createdAtSeconds: 0n });
    new DataView(chunk.payload.buffer).setUint32(16, 0xffff_ffff);
    expect(decodeRequest(chunk, 13)).toMatchObject({
      error: 'create-chunk: length of override name: is 4294967295, more than 4096',
    });
  });
});

const REPLIES: { [Type in AnsweredType]?: ReplyTo<Type> } = {
  version: { major: 2, minor: 13 },
  'get-configuration': { code: 10, isClearAllowed: true, extensions: EXTENSIONS },
  'open-datagrams': { code: 10, token: Uint8Array.from({ length: 16 }, (_, at) => at) },
  'datagram-status': {
    code: 10,
    arrived: [
      { first: 0, last: 6 },
      { first: 8, last: 2 ** 40 },
    ],
  },
  'abandon-packets': { code: 10, next: 7n },
  'create-session': { session: 5n, code: 10, path: 'host/session' },
  'add-stream': { stream: 0xffff_ffff_ffffn, code: 10 },
  'close-chunk': { code: 10, path: 'host/session/archives/1' },
  'chunk-exists': { code: 10, exists: true },
  'close-stream': { code: 11 },
  forward: { code: 11, relay: '00000000-0000-4000-8000-00000000000a', reason: 'it is down' },
};

describe('replies', () => {
  it('encodeReply() announces extensions in bits above those of LTTng', () => {
    const reply = { code: 10, isClearAllowed: true, extensions: EXTENSIONS };
    const flags = Buffer.from(encodeReply('get-configuration', reply, 13)).readBigUInt64BE(4);
    expect(flags & 0xffff_ffffn).toBe(1n);
    expect(flags >> 32n).toBe((1n << BigInt(EXTENSIONS.length)) - 1n);
  });

  it('decodeReply() inverts encodeReply(), and waits for the last byte', () => {
    for (const type of Object.keys(REPLIES) as AnsweredType[]) {
      const reply = REPLIES[type] as ReplyTo<typeof type>;
      const bytes = encodeReply(type, reply, 13);
      const byteLength = bytes.byteLength;
      expect(decodeReply(type, Buffer.concat([bytes, Buffer.of(9)]), 13)).toEqual({
        ok: true,
        value: { reply, byteLength },
      });
      for (let end = 0; end < byteLength; end++) {
        expect(decodeReply(type, bytes.subarray(0, end), 13)).toEqual({
          ok: true,
          value: undefined,
        });
      }
    }
  });

  it('encodeReply() says no path before revision 2.11', () => {
    const reply = { session: 5n, code: 10, path: 'host/session' };
    expect(encodeReply('create-session', reply, 10)).toHaveLength(12);
    expect(encodeReply('create-session', { ...reply, path: '' }, 11)).toHaveLength(16);
  });

  it('decodeReply() refuses a length that is too long', () => {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(1 << 20, 4);
    expect(decodeReply('close-chunk', bytes, 13)).toEqual({
      ok: false,
      error: 'reply to close-chunk: length of path: is 1048576, more than 4096',
    });
  });
});

describe('ControlParser', () => {
  it('push() refuses a longer payload than the bound when its header is complete', () => {
    const header = Buffer.alloc(24);
    header.writeBigUInt64BE(BigInt(CONTROL_PAYLOAD_BYTES_MAX), 8);
    expect(new ControlParser().push(header)).toEqual({ frames: [] });
    header.writeBigUInt64BE(2n ** 63n, 8);
    expect(new ControlParser().push(header)).toEqual({
      frames: [],
      trouble: `data size of a control message: is ${2n ** 63n}, more than ${CONTROL_PAYLOAD_BYTES_MAX}`,
    });
  });
});
