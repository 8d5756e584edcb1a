/** Requests of every kind for fast-check, as peers of a revision can send them. */
import fc from 'fast-check';
import { encodeUtf8 } from '../../../src/base/utf8.ts';
import { hasCommand, type RelayRequest } from '../../../src/wire/relay/requests.ts';
import { HOPS_MAX } from '../../../src/wire/uri.ts';

const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
const u32 = fc.nat(0xffff_ffff);
const chunk = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_fffen });

/** Text without zeros whose bytes fit. */
export function text(bytesMax: number): fc.Arbitrary<string> {
  return fc
    .string({ unit: 'binary', maxLength: 20 })
    .map((any) => any.replaceAll('\0', ''))
    .filter((any) => !any.includes('\u{fffd}') && encodeUtf8(any).byteLength <= bytesMax);
}

function createSession(minor: number): fc.Arbitrary<RelayRequest> {
  const base = {
    type: fc.constant('create-session' as const),
    name: text(254),
    host: text(63),
    liveTimerUs: u32,
    isSnapshot: fc.boolean(),
  };
  if (minor < 11) return fc.record(base);
  const origin = fc.record(
    {
      sessiondUuid: fc.uuid(),
      sessionId: u64,
      createdAtSeconds: u64,
      nameHasTime: fc.boolean(),
      basePath: text(4095),
      currentChunk: u64,
      ...(minor < 15 ? {} : { traceFormat: u32 }),
    },
    {
      requiredKeys: [
        'sessiondUuid',
        'sessionId',
        'createdAtSeconds',
        'nameHasTime',
        'basePath',
        ...(minor < 15 ? [] : (['traceFormat'] as never[])),
      ],
    },
  );
  return fc.record({ ...base, origin });
}

function addStream(minor: number): fc.Arbitrary<RelayRequest> {
  const fields = {
    type: fc.constant('add-stream' as const),
    channel: text(263),
    path: text(4095),
    tracefileSize: u64,
    tracefileCount: u64,
  };
  if (minor < 11) return fc.record(fields);
  const requiredKeys = ['type', 'channel', 'path', 'tracefileSize', 'tracefileCount'] as const;
  return fc.record({ ...fields, chunk }, { requiredKeys: [...requiredKeys] });
}

function sendIndex(minor: number): fc.Arbitrary<RelayRequest> {
  return fc.record({
    type: fc.constant('send-index' as const),
    stream: u64,
    sequence: u64,
    packetBits: u64,
    contentBits: u64,
    timestampBegin: u64,
    timestampEnd: u64,
    eventsDiscarded: u64,
    streamClass: u64,
    ...(minor < 8 ? {} : { streamInstance: u64, packetNumber: u64 }),
  });
}

const OF_ANY_REVISION: readonly fc.Arbitrary<RelayRequest>[] = [
  fc.record({ type: fc.constant('version' as const), major: u32, minor: u32 }),
  fc.constant({ type: 'get-configuration' as const }),
  fc.constant({ type: 'streams-sent' as const }),
  fc.constant({ type: 'open-datagrams' as const }),
  fc.record({
    type: fc.constant('datagram-status' as const),
    settledBelow: fc.maxSafeNat(),
  }),
  fc.record({ type: fc.constant('abandon-packets' as const), stream: u64, last: u64 }),
  fc.record({
    type: fc.constant('replace-packet' as const),
    stream: u64,
    sequence: u64,
    content: fc.uint8Array({ maxLength: 1024 }),
  }),
  fc.record({
    type: fc.constant('send-metadata' as const),
    stream: u64,
    padding: fc.nat(1024 * 1024),
    content: fc.uint8Array(),
  }),
  fc.record({ type: fc.constant('begin-data-pending' as const), session: u64 }),
  fc.record({ type: fc.constant('data-pending' as const), stream: u64, lastSequence: u64 }),
  fc.record({ type: fc.constant('quiescent-control' as const), stream: u64 }),
  fc.record({ type: fc.constant('end-data-pending' as const), session: u64 }),
  fc.record({ type: fc.constant('close-stream' as const), stream: u64, lastSequence: u64 }),
  fc.record({ type: fc.constant('reset-metadata' as const), stream: u64, version: u64 }),
  fc.record(
    {
      type: fc.constant('create-chunk' as const),
      chunk: u64,
      createdAtSeconds: u64,
      overrideName: text(4095),
    },
    { requiredKeys: ['type', 'chunk', 'createdAtSeconds'] },
  ),
  fc.record(
    {
      type: fc.constant('close-chunk' as const),
      chunk: u64,
      closedAtSeconds: u64,
      command: fc.constantFrom('move-to-archives' as const, 'keep' as const, 'delete' as const),
    },
    { requiredKeys: ['type', 'chunk', 'closedAtSeconds'] },
  ),
  fc.record({ type: fc.constant('chunk-exists' as const), chunk: u64 }),
  fc.record(
    {
      type: fc.constant('rotate-streams' as const),
      newChunk: u64,
      positions: fc.array(fc.record({ stream: u64, sequence: u64 })),
    },
    { requiredKeys: ['type', 'positions'] },
  ),
];

const passed = (max: number): fc.Arbitrary<string[]> => fc.array(fc.uuid(), { maxLength: max });
const next = fc.record({
  host: fc.constantFrom('relay.example.org', '10.0.0.2', 'fd00::2', 'a'),
  port: fc.integer({ min: 1, max: 65_535 }),
  isIpv6Only: fc.boolean(),
});
const OF_THE_WAY: readonly fc.Arbitrary<RelayRequest>[] = [
  fc.record({ type: fc.constant('forward' as const), passed: passed(HOPS_MAX - 1), next }),
  fc.record({ type: fc.constant('arrive' as const), passed: passed(2 * HOPS_MAX) }),
];

/** A request that the revision has. */
export function requestOf(minor: number): fc.Arbitrary<RelayRequest> {
  const all = [
    ...OF_ANY_REVISION,
    ...OF_THE_WAY,
    createSession(minor),
    addStream(minor),
    sendIndex(minor),
  ];
  return fc.oneof(...all).filter(({ type }) => hasCommand(type, minor));
}
