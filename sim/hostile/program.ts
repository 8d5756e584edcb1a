/**
 * A process that means harm, as a program of the simulated machine: it plays one trick and writes down what came of
 * it. What has to come of it is in `../oracles/hostile.ts`.
 */

import type { Connection, UnixListener, World } from '../../src/port/world.ts';
import { APP_PROTOCOL_MAJOR } from '../../src/wire/app/messages.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../src/wire/control/messages.ts';
import { decodeFrame, FrameParser } from '../../src/wire/frames.ts';
import { FRAME_BYTES_MAX, MESSAGE_DEPTH_MAX, MESSAGE_VALUES_MAX } from '../../src/wire/limits.ts';
import type { HostileAccount } from '../ledger.ts';
import { frame, type Node, nodeOf, pack } from './pack.ts';

export const BLOWS = [
  'oversized',
  'nested',
  'many-values',
  'prototype',
  'wrong-type',
  'unknown-member',
  'unknown-type',
  'noise',
] as const;
export type Blow = (typeof BLOWS)[number];

export type Trick =
  /** Greets as the protocol wants, then sends what it forbids. */
  | { readonly kind: 'blow'; readonly socket: 'client' | 'app'; readonly blow: Blow }
  /** Speaks a version that nobody knows. */
  | { readonly kind: 'version'; readonly socket: 'client' | 'app' }
  /** Connects, says this many words, and nothing more. */
  | { readonly kind: 'silent'; readonly socket: 'client' | 'app'; readonly words: 0 | 1 }
  /** Wants to be the consumer of a session; `@USER/NAME` is its UUID. */
  | { readonly kind: 'attach'; readonly session: string }
  /** Registers as an application does, and confirms what it was never told. */
  | { readonly kind: 'confirm' }
  /** Lets everybody write in its own directory, which is careless rather than hostile. */
  | { readonly kind: 'expose'; readonly directory: string }
  /** Listens where somebody's registry ought to, in a directory that is open to it. */
  | { readonly kind: 'plant'; readonly path: string };

const CLIENT_SOCKET = '/run/lttng-ts/client.sock';
const APP_SOCKET = '/run/lttng-ts/apps.sock';
const ROOT_UID = 0;
/** It gives up then: longer than anybody waits for a peer that says nothing. */
const PATIENCE_MS = 15_000;
/** How long a planted listener stays. */
const PLANT_MS = 400;

/** Plays the trick, and ends. */
export function runHostile(
  world: World,
  trick: Trick,
  account: HostileAccount,
  now: () => number,
): void {
  const patience = world.clock.setTimer(PATIENCE_MS, () => world.processes.exit(0));
  const finish = (): void => {
    patience.cancel();
    world.processes.exit(0);
  };
  switch (trick.kind) {
    case 'expose':
      world.files.makeDirectory(trick.directory, 0o700);
      world.files.setMode(trick.directory, 0o777);
      finish();
      return;
    case 'plant': {
      const listener = plant(world, trick.path, account);
      world.clock.setTimer(PLANT_MS, () => {
        listener?.close();
        finish();
      });
      return;
    }
    default: {
      const path = isForClients(trick) ? CLIENT_SOCKET : APP_SOCKET;
      world.unix.connect(path, {}, (outcome) => {
        if (!outcome.ok) {
          finish();
          return;
        }
        account.connectedAt = now();
        const end = (): void => {
          account.endedAt = now();
          finish();
        };
        converse(world, outcome.value, trick, account, end);
      });
    }
  }
}

function isForClients(trick: Trick): boolean {
  return trick.kind === 'attach' || ('socket' in trick && trick.socket === 'client');
}

function converse(
  world: World,
  connection: Connection,
  trick: Trick,
  account: HostileAccount,
  end: () => void,
): void {
  let hasAnswered = false;
  hear(connection, account, () => {
    if (trick.kind !== 'confirm') end();
  });
  const major = isForClients(trick) ? CONTROL_PROTOCOL_MAJOR : APP_PROTOCOL_MAJOR;
  const say = (message: unknown): void => connection.send(frame(pack(nodeOf(message))));
  switch (trick.kind) {
    case 'blow':
      say({ type: 'hello', major, minor: 0 });
      connection.send(bytesOf(trick.blow, isForClients(trick)));
      return;
    case 'version':
      say({ type: 'hello', major: 99, minor: 0 });
      return;
    case 'silent':
      if (trick.words > 0) say({ type: 'hello', major, minor: 0 });
      return;
    case 'attach':
      say({ type: 'hello', major, minor: 0 });
      say({ type: 'attach', session: trick.session });
      // Whoever is let in does harm: it has finished, and holds nothing any more.
      for (const type of ['opened', 'finished']) say({ type });
      return;
    case 'confirm': {
      const given = world.unix.give(APP_SOCKET, ROOT_UID, {});
      if (!given.ok) return end();
      const { own, token } = given.value;
      hear(own, account, end);
      say({ type: 'hello', major, minor: 0 });
      say({ type: 'register', token, processName: 'hostile', tid: 1 });
      world.clock.setTimer(5, () => {
        if (hasAnswered) return;
        hasAnswered = true;
        own.send(frame(pack(nodeOf({ type: 'applied', revision: 1_000_000 }))));
      });
      return;
    }
    default:
  }
}

/** Notes what the other side says. */
function hear(connection: Connection, account: HostileAccount, onClose: () => void): void {
  const parser = new FrameParser();
  connection.start({
    onData: (bytes) => {
      for (const body of parser.push(bytes).bodies) {
        const message = decodeFrame(new Uint8Array([0, 0, 0, 0, ...body])) as { type?: unknown };
        account.heard.push(String(message.type));
      }
    },
    onClose,
  });
}

/** A request with something wrong in it. */
function bytesOf(blow: Blow, isClient: boolean): Uint8Array {
  const request = (member: Node): Uint8Array =>
    pack(
      isClient
        ? {
            entries: [
              ['type', 'request'],
              ['id', 1],
              [
                'operation',
                {
                  entries: [
                    ['op', 'session.list'],
                    ['from', member],
                  ],
                },
              ],
            ],
          }
        : {
            entries: [
              ['type', 'register'],
              ['token', '0'.repeat(32)],
              ['processName', member],
              ['tid', 1],
            ],
          },
    );
  switch (blow) {
    case 'oversized':
      return frame(request(0), FRAME_BYTES_MAX + 1);
    case 'nested':
      return frame(request({ raw: new Uint8Array(MESSAGE_DEPTH_MAX + 2).fill(0x91) }));
    case 'many-values':
      return frame(request(new Array<Node>(MESSAGE_VALUES_MAX + 1).fill(0)));
    case 'prototype':
      return frame(request({ entries: [['__proto__', { entries: [['polluted', true]] }]] }));
    case 'wrong-type':
      return frame(request(true));
    case 'unknown-member':
      return frame(
        pack({
          entries: [
            ['type', 'finish'],
            ['x', 1],
          ],
        }),
      );
    case 'unknown-type':
      return frame(pack({ entries: [['type', 'nonsense']] }));
    case 'noise':
      return frame(Uint8Array.of(0xc1, 0xff, 0x00, 0xd4));
  }
}

/** Who connects to a planted socket, and what they say, is written down. */
function plant(world: World, path: string, account: HostileAccount): UnixListener | undefined {
  world.files.remove(path);
  const listening = world.unix.listen(path, { mode: 0o666 }, (connection) => {
    if (connection.peer.uid !== world.identity.uid) account.callers.push(connection.peer.uid);
    hear(connection, account, () => undefined);
    for (const type of ['welcome', 'registered']) {
      const more = { major: APP_PROTOCOL_MAJOR, minor: 0 };
      connection.send(frame(pack(nodeOf(type === 'welcome' ? { type, ...more } : { type }))));
    }
  });
  return listening.ok ? listening.value : undefined;
}
