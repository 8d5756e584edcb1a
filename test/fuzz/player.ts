/**
 * A hostile process: connects to the sockets of a registry and follows its script. It uses only the World, so it runs
 * on a simulated machine and on a real one.
 */
import fc from 'fast-check';
import { encodeRaw, frame, rawValueOf } from '../../sim/adversaries/raw-msgpack.ts';
import type { Connection } from '../../src/port/unix-sockets.ts';
import type { World } from '../../src/port/world.ts';
import { APP_PROTOCOL_MAJOR } from '../../src/wire/app/messages.ts';
import {
  CONTROL_PROTOCOL_MAJOR,
  type Operation,
  type ToClient,
} from '../../src/wire/control/messages.ts';
import { decodeFrame, FrameParser } from '../../src/wire/frames.ts';
import { PROTOCOLS } from '../../src/wire/protocols.ts';
import { type Blow, blows, validBlows } from './hostile.ts';
import { type Counts, count } from './tally.ts';
import type { Dictionary } from './valid.ts';

export interface Visit {
  readonly socket: 'client' | 'app';
  /** Creates a session, starts it, and attaches as its consumer before anything else. */
  readonly isConsumer: boolean;
  /** Number of hellos: the protocol requires 1. */
  readonly hellos: number;
  /** Applications: passed sockets and registrations. */
  readonly registrations: readonly ('own' | 'missing' | 'same token')[];
  /** Sent at the position that the protocol requires; an application sends them on its channel when it has one. */
  readonly blows: readonly Blow[];
  /** Bytes per write; 0: all at once. */
  readonly pieceBytes: number;
  /** A peer that never reads. */
  readonly isDeaf: boolean;
  /** Pause between two blows, milliseconds. */
  readonly pauseMs: number;
  /** Stays connected for a while after the last blow. */
  readonly stays: boolean;
}

export interface Place {
  readonly client: string;
  readonly app: string;
  readonly ownerUid: number;
}

/** Names that exist, so that requests find a session or a channel. */
const KNOWN: Dictionary = {
  session: ['s0', 's1', 's2', 'friend'],
  name: ['s0', 's1', 's2', 'default', 'ring'],
  channel: ['default', 'ring'],
  output: ['/tmp/hostile'],
  revision: [0, 1, 2, 3, 4, 5, 6],
  streamId: [0, 1, 2, 3],
  token: [0, 1, 2, 3],
  from: [0, 1, 2],
  major: [1],
};
const PIECES_MAX = 400;
const LEAVE_MS = 10;
const STAY_MS = 300;
export const visits: fc.Arbitrary<Visit> = fc.oneof(
  visitTo('client', PROTOCOLS['control.registry'].schema),
  visitTo('app', PROTOCOLS['channel.registry'].schema),
  visitTo('client', PROTOCOLS['control.registry'].schema).map((visit) => ({
    ...visit,
    isConsumer: true,
  })),
);

function visitTo(
  socket: 'client' | 'app',
  schema: Parameters<typeof blows>[0],
): fc.Arbitrary<Visit> {
  return fc.record<Visit>({
    socket: fc.constant(socket),
    isConsumer: fc.constant(false),
    hellos: fc.constantFrom(1, 1, 1, 1, 1, 1, 0, 2),
    registrations:
      socket === 'client'
        ? fc.constant([])
        : fc.constantFrom<Visit['registrations']>(
            ['own'],
            ['own'],
            ['own'],
            ['own', 'own'],
            ['own', 'same token'],
            ['missing'],
            [],
          ),
    blows: fc.oneof(
      fc.array(validBlows(schema, KNOWN), { maxLength: 12 }),
      fc.array(blows(schema, KNOWN), { maxLength: 8 }),
    ),
    pieceBytes: fc.constantFrom(0, 0, 0, 0, 1, 3, 1000),
    isDeaf: fc.constantFrom(false, false, false, true),
    pauseMs: fc.constantFrom(0, 0, 1, 20),
    stays: fc.constantFrom(false, false, true),
  });
}

/** Makes the visit; calls `onOver` when the connection has ended. */
export function play(
  world: World,
  place: Place,
  visit: Visit,
  sent: Counts,
  onOver: () => void,
): void {
  world.unix.connect(place[visit.socket], {}, (outcome) => {
    if (!outcome.ok) {
      count(sent, `(not connected: ${outcome.error.code})`);
      onOver();
      return;
    }
    if (visit.isConsumer) attach(world, place, visit, outcome.value, sent, onOver);
    else converse(world, place, visit, outcome.value, sent, onOver);
  });
}

let sessionCount = 0;

/** Opens one connection for the session and another for its consumer; sends the blows on the first one. */
function attach(
  world: World,
  place: Place,
  visit: Visit,
  main: Connection,
  sent: Counts,
  onOver: () => void,
): void {
  const parser = new FrameParser();
  const name = `h${sessionCount++}`;
  const say = (message: unknown): void => main.send(frame(encodeRaw(rawValueOf(message))));
  const request = (id: number, operation: Operation): void =>
    say({ type: 'request', id, operation });
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    main.drop();
    onOver();
  };
  const begin = (uuid: string): void => {
    const target = { kind: 'all' } as const;
    request(2, { op: 'event.enable', session: name, patterns: ['*'], logLevelMax: 14, target });
    world.unix.connect(place.client, {}, (outcome) => {
      if (!outcome.ok) return end();
      const consumer = outcome.value;
      consumer.send(
        frame(encodeRaw(rawValueOf({ type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 }))),
      );
      consumer.send(frame(encodeRaw(rawValueOf({ type: 'attach', session: uuid }))));
      const deaf = { ...visit, hellos: 0, isConsumer: false };
      world.clock.setTimer(2, () => request(3, { op: 'session.start', session: uuid }));
      world.clock.setTimer(30, () => request(4, { op: 'session.stop', session: uuid }));
      world.clock.setTimer(60, () => request(5, { op: 'session.destroy', session: uuid }));
      converse(world, place, deaf, consumer, sent, () => world.clock.setTimer(100, end));
    });
  };
  main.start({
    onData: (bytes) => {
      for (const body of parser.push(bytes).bodies) {
        const answer = decodeFrame(Buffer.concat([Buffer.alloc(4), body])) as ToClient;
        if (answer.type === 'reply' && answer.id === 1) begin(answer.value.session?.uuid ?? '');
        else if (answer.type === 'refused' || answer.type === 'failure') end();
      }
    },
    onClose: end,
  });
  say({ type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 });
  request(1, { op: 'session.create', name, output: '/tmp/hostile' });
}

function converse(
  world: World,
  place: Place,
  visit: Visit,
  main: Connection,
  sent: Counts,
  onOver: () => void,
): void {
  let isOver = false;
  let channel: Connection | undefined;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    channel?.drop();
    main.drop();
    onOver();
  };
  const listen = (connection: Connection, onClose: () => void): void => {
    if (!visit.isDeaf) connection.start({ onData: () => undefined, onClose });
  };
  const say = (connection: Connection, { kind, bytes }: Blow): void => {
    count(sent, kind);
    const piece =
      visit.pieceBytes === 0 || bytes.length > PIECES_MAX ? bytes.length : visit.pieceBytes;
    for (let at = 0; at < bytes.length; at += Math.max(1, piece)) {
      connection.send(bytes.subarray(at, at + Math.max(1, piece)));
    }
  };
  // The end of the main connection does not end a visit that has a channel.
  listen(main, () => {
    if (channel === undefined) end();
  });
  for (let hello = 0; hello < visit.hellos; hello++)
    say(main, valid({ type: 'hello', major: APP_PROTOCOL_MAJOR, minor: 0 }));
  let token = '0'.repeat(32);
  for (const registration of visit.registrations) {
    if (registration === 'own') {
      const given = world.unix.passSocket(place.app, {});
      if (!given.ok) break;
      token = given.value.token;
      channel?.drop();
      channel = given.value.own;
      listen(channel, end);
    }
    const { tid } = world.identity;
    say(main, valid({ type: 'register', token, processName: 'hostile', tid }));
  }
  const next = (index: number): void => {
    if (isOver) return;
    const blow = visit.blows[index];
    if (blow !== undefined) {
      say(channel ?? main, blow);
      world.clock.setTimer(visit.pauseMs, () => next(index + 1));
    } else world.clock.setTimer(visit.stays ? STAY_MS : LEAVE_MS, end);
  };
  next(0);
}

function valid(message: unknown): Blow {
  return { kind: 'valid', bytes: frame(encodeRaw(rawValueOf(message))) };
}
