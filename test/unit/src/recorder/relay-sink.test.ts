/** The sink of a relay against relays of every revision, and against those that lie, refuse or say nothing. */
import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import { FLUSH_MS_MAX } from '../../../../src/recorder/pending-flush.ts';
import { RELAY_REPLY_MS_MAX } from '../../../../src/recorder/relay-link.ts';
import { RELAY_STORE_MS_MAX } from '../../../../src/recorder/relay-output.ts';
import { PACKETS_IN_FLIGHT_MAX, RelaySink } from '../../../../src/recorder/relay-sink.ts';
import { StreamConsumer } from '../../../../src/recorder/stream-consumer.ts';
import type { RingShape } from '../../../../src/ring/layout.ts';
import { ConsumerPosition } from '../../../../src/ring/progress.ts';
import { u32 } from '../../../../src/tracer/types.ts';
import { DATA_PENDING } from '../../../../src/wire/relay/outcome.ts';
import { encodeReply } from '../../../../src/wire/relay/requests.ts';
import { connectTo, eventsOf, SITE } from '../../../support/relay/relay-link.ts';
import { type Answer, type Script, ScriptedRelay } from '../../../support/relay/scripted-relay.ts';
import { must } from '../../../support/ring/memory.ts';
import {
  consumed,
  createStreamMemory,
  traceInto,
} from '../../../support/simulated/stream-memory.ts';

const SHAPE: RingShape = { subbufferBytes: 16_384, subbufferCount: 4, overwrite: false };
function makeStage(minor: number, script?: Script) {
  const simulation = new Simulation({
    seed: 1,
    users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
    groups: {},
    programs: {},
  });
  const { world } = simulation.login('alice');
  const relay = new ScriptedRelay(minor, script);
  const { ours, theirs } = connectTo(simulation, world, relay);
  const outcomes: string[] = [];
  const sink = new RelaySink(world, ours, SITE, {
    onReady: () => void outcomes.push('ready'),
    onFailed: ({ detail }) => void outcomes.push(`failed: ${detail}`),
  });
  simulation.run({ forMs: 100 });
  const memory = createStreamMemory(world, 3, SHAPE, '/home/alice/wake');
  const tick = traceInto(world, memory).tracepoint('test:tick', { n: u32 });
  const consumer = new StreamConsumer(world, {
    flushed: (token, { unwritten }) =>
      void outcomes.push(`flushed ${token} ${unwritten?.code ?? ''}`),
    streamReleased: (streamId) => void outcomes.push(`released ${streamId}`),
    closed: () => undefined,
    changed: () => undefined,
  });
  consumer.open(sink);
  const position = new ConsumerPosition(must(world.memory.attachWritable(memory.positionSegment)));
  let next = 0;
  return {
    simulation,
    relay,
    sink,
    consumer,
    outcomes,
    theirs,
    add: () => consumer.addStream(consumed(memory)),
    passed: () => position.passed,
    emit: (count: number) => {
      for (let n = 0; n < count; n++) tick({ n: next++ });
    },
    whole: () => Array.from({ length: next }, (_, n) => n),
    wait: (forMs: number) => simulation.run({ forMs }),
  };
}

it.each([4, 7, 8, 10, 11, 12, 13, 15])('streams to a relay of revision 2.%i', (minor) => {
  const stage = makeStage(minor);
  stage.add();
  stage.emit(8000);
  stage.consumer.flush(1);
  // A longer pause between two events would make the second one longer.
  stage.wait(100);
  stage.emit(10);
  stage.consumer.endStream(3);
  stage.wait(1000);
  stage.sink.close();
  expect(stage.outcomes).toEqual(['ready', 'flushed 1 ', 'released 3']);
  const { relay } = stage;
  expect(relay.problem).toBeUndefined();
  const [metadata, stream] = relay.streams;
  expect(metadata).toMatchObject({ channel: 'metadata', packets: [], isClosed: true });
  expect(stream).toMatchObject({ channel: 'default_3', path: metadata?.path, isClosed: true });
  expect(stream?.path).toMatch(/^ust\/pid\/shop-77-\d{8}-\d{6}-[0-9a-f]{8}$/);
  const { packets = [], indexes = [] } = stream ?? {};
  expect(eventsOf(packets)).toEqual(stage.whole());
  expect(indexes.map(({ sequence, packetBits }) => [Number(sequence), Number(packetBits)])).toEqual(
    packets.map((packet, sequence) => [sequence, packet.length * 8]),
  );
  expect(relay.metadata).toMatch(/^\/\* CTF 1\.8 \*\/[^]*name = "test:tick"/);
  expect(relay.requests.includes('create-chunk')).toBe(minor >= 11);
  expect(relay.requests.includes('get-configuration')).toBe(minor >= 12);
});

/** Answers one command otherwise. */
function instead(type: string, answer: Answer): Script {
  return (request) => (request.type === type ? answer : 'honest');
}

const REFUSED = encodeReply('send-index', { code: 11 }, 13);

describe('a relay', () => {
  it.each<[string, Script, string]>([
    [
      'of another major version',
      instead('version', encodeReply('version', { major: 3, minor: 0 }, 13)),
      'the relay speaks version 3.0',
    ],
    [
      'of a revision without indexes',
      instead('version', encodeReply('version', { major: 2, minor: 3 }, 13)),
      'the relay speaks version 2.3',
    ],
    [
      'that refuses the session',
      instead(
        'create-session',
        encodeReply('create-session', { session: 0n, code: 11, path: '' }, 13),
      ),
      'the relay refused create-session with code 11',
    ],
    [
      'that refuses the stream',
      instead('add-stream', encodeReply('add-stream', { stream: 0n, code: 11 }, 13)),
      'the relay refused add-stream with code 11',
    ],
    [
      'that refuses an index',
      instead('send-index', REFUSED),
      'the relay refused send-index with code 11',
    ],
    [
      'that does not say what is pending',
      instead('data-pending', REFUSED),
      'the relay refused data-pending with code 11',
    ],
    [
      'whose path has no end',
      instead('create-session', new Uint8Array(10_000).fill(255)),
      'reply to create-session: length of path: is 4294967295, more than 4096',
    ],
    ['that says nothing at first', instead('version', undefined), 'the relay answers no request'],
    ['that says nothing later', instead('data-pending', undefined), 'the relay answers no request'],
  ])('%s is left', (_, script, reason) => {
    const stage = makeStage(13, script);
    stage.add();
    stage.emit(1);
    stage.consumer.flush(1);
    stage.wait(2 * RELAY_REPLY_MS_MAX + 100);
    expect(stage.outcomes.filter((outcome) => outcome !== 'ready')).toEqual(
      expect.arrayContaining([`failed: ${reason}`, expect.stringMatching(/^flushed 1 E/)]),
    );
    expect(stage.passed()).toEqual({ consumed: 0, bytes: 0 });
    const logged = stage.simulation.log.map(({ event }) => event);
    expect(logged).toEqual(expect.arrayContaining(['trace.relayLost', 'trace.notWritable']));
  });

  it.each(['control', 'data'] as const)(
    'that sends what nobody asked for is left (%s)',
    (which) => {
      const stage = makeStage(13);
      stage.theirs[which].send(new Uint8Array(4));
      stage.wait(100);
      expect(stage.outcomes).toHaveLength(2);
      expect(stage.outcomes[1]).toMatch(/^failed: bytes came /);
    },
  );

  it.each(['control', 'data'] as const)('that closes a connection is left (%s)', (which) => {
    const stage = makeStage(13);
    stage.theirs[which].close();
    stage.wait(100);
    expect(stage.outcomes).toEqual(['ready', 'failed: the relay closed the connection']);
  });

  it('that never stores anything is left after its time', () => {
    const pending = encodeReply('data-pending', { code: DATA_PENDING }, 13);
    const stage = makeStage(13, instead('data-pending', pending));
    stage.add();
    stage.emit(1);
    stage.consumer.flush(1);
    stage.wait(FLUSH_MS_MAX - 100);
    expect(stage.outcomes).toEqual(['ready']);
    stage.wait(200);
    expect(stage.outcomes).toEqual(['ready', 'flushed 1 ETIMEDOUT']);
    stage.wait(RELAY_STORE_MS_MAX - FLUSH_MS_MAX - 200);
    expect(stage.outcomes).toHaveLength(2);
    stage.wait(1000);
    expect(stage.outcomes).toEqual([
      'ready',
      'flushed 1 ETIMEDOUT',
      'failed: the relay does not store what it receives',
    ]);
    expect(stage.passed()).toEqual({ consumed: 0, bytes: 0 });
  });

  it('that is slow has at most as many packets as fit into the window', () => {
    let isSlow = true;
    const pending = encodeReply('data-pending', { code: DATA_PENDING }, 13);
    const stage = makeStage(13, ({ type }) =>
      isSlow && type === 'data-pending' ? pending : 'honest',
    );
    stage.add();
    stage.emit(1);
    stage.consumer.flush(0);
    stage.wait(100);
    const flushes = PACKETS_IN_FLIGHT_MAX + 10;
    for (let token = 1; token <= flushes; token++) {
      stage.emit(1);
      stage.consumer.flush(token);
    }
    stage.wait(1000);
    // The opening packet comes with the first one.
    expect(stage.relay.streams[1]?.packets).toHaveLength(PACKETS_IN_FLIGHT_MAX + 1);
    expect(stage.passed().bytes).toBe(0);
    isSlow = false;
    stage.wait(1000);
    expect(eventsOf(stage.relay.streams[1]?.packets ?? [])).toEqual(stage.whole());
    expect(stage.outcomes.at(-1)).toBe(`flushed ${flushes} `);
  });
});
