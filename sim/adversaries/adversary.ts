/**
 * A process that means harm, as a program of the simulated machine: it plays one trick and writes down what came of
 * it. What has to come of it is in `../oracles/hostile.ts`.
 */

import type { Connection, UnixListener } from '../../src/port/unix-sockets.ts';
import type { World } from '../../src/port/world.ts';
import { APP_PROTOCOL_MAJOR } from '../../src/wire/app/messages.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../src/wire/control/messages.ts';
import { FRAME_BYTES_MAX, MESSAGE_DEPTH_MAX, MESSAGE_VALUES_MAX } from '../../src/wire/limits.ts';
import type { Blow, Somebodys, Trick } from '../input/attack.ts';
import type { HostileAccount } from '../ledger/ledger.ts';
import { crowd } from './connection-flood.ts';
import { hear, say } from './dialogue.ts';
import { pose } from './impostor-registry.ts';
import { consumeBadly, pin } from './lying-consumer.ts';
import { frame, type Node, pack } from './raw-msgpack.ts';
import { gorge, hoard } from './resource-hog.ts';
import { misbehave } from './rogue-application.ts';
import { listenMutely } from './silent-registry.ts';

const GLOBAL: Somebodys = { directory: '/run/lttng-ts', uid: 0 };
const NOWHERE = '00000000-0000-4000-8000-000000000000';
/** It gives up then: longer than anybody waits for a peer that says nothing. */
const PATIENCE_MS = 15_000;
/** How long a planted listener stays. */
const PLANT_MS = 400;
/** How long one stays that says nothing: longer than anybody waits for it. */
const MUTE_MS = 12_000;
/** How long it stays with what it got: streams, a channel that waits. */
const STAY_MS = 250;
/** How long it is one thread before it is another. */
const REBIRTH_MS = 20;
/** One that follows nothing stays longer than a command may wait for it. */
const STAY_DEAF_MS = 6000;

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
    case 'open': {
      const info = world.files.info(trick.path);
      const isDirectory = info.ok && info.value.kind === 'directory';
      world.files.setMode(trick.path, isDirectory ? 0o711 : 0o666);
      finish();
      return;
    }
    case 'consumer': {
      const request = {
        program: 'lttng-ts:ust-consumerd',
        args: ['user', NOWHERE],
        environment: world.identity.environment,
      };
      world.processes.spawn({ ...request, style: 'inherit' }, finish);
      return;
    }
    case 'plant': {
      const listener = plant(world, trick.path, account);
      world.clock.setTimer(PLANT_MS, () => {
        listener?.close();
        finish();
      });
      return;
    }
    case 'mute': {
      const listener = listenMutely(world, trick, account, now);
      world.clock.setTimer(MUTE_MS, () => {
        listener?.close();
        finish();
      });
      return;
    }
    case 'pose': {
      const end = pose(world, trick.directory, account);
      world.clock.setTimer(PLANT_MS, () => {
        end();
        finish();
      });
      return;
    }
    case 'crowd': {
      const letGo = crowd(world, `${GLOBAL.directory}/client.sock`, trick.connections, account);
      world.clock.setTimer(STAY_MS, () => {
        letGo();
        finish();
      });
      return;
    }
    case 'gorge':
    case 'hoard': {
      account.connectedAt = now();
      const play = trick.kind === 'gorge' ? gorge : hoard;
      play(world, `${trick.of.directory}/client.sock`, account, () => {
        account.endedAt = now();
        finish();
      });
      return;
    }
    case 'lend': {
      const given = give(world, GLOBAL);
      if (!given.ok) return finish();
      account.lent = given.value.token;
      hear(given.value.own, account, { onClose: finish });
      world.clock.setTimer(STAY_MS, finish);
      return;
    }
    default: {
      const { directory } = ofWhom(trick);
      const path = `${directory}/${isForClients(trick) ? 'client' : 'apps'}.sock`;
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
        if (trick.kind === 'consume') consumeBadly(world, outcome.value, trick, account, end);
        else if (trick.kind === 'pin') pin(world, outcome.value, trick.session, account, end);
        else converse(world, outcome.value, trick, account, end);
      });
    }
  }
}

function ofWhom(trick: Trick): Somebodys {
  return ('of' in trick ? trick.of : undefined) ?? GLOBAL;
}

function give(world: World, { directory, uid }: Somebodys): ReturnType<World['unix']['give']> {
  return world.unix.give(`${directory}/apps.sock`, uid, {});
}

function isForClients(trick: Trick): boolean {
  return (
    trick.kind === 'attach' ||
    trick.kind === 'ask' ||
    trick.kind === 'consume' ||
    trick.kind === 'pin' ||
    ('socket' in trick && trick.socket === 'client')
  );
}

function converse(
  world: World,
  connection: Connection,
  trick: Trick,
  account: HostileAccount,
  end: () => void,
): void {
  let hasAnswered = false;
  const onClose = (): void => {
    if (trick.kind !== 'confirm' && trick.kind !== 'join') end();
  };
  hear(connection, account, { onClose });
  const major = isForClients(trick) ? CONTROL_PROTOCOL_MAJOR : APP_PROTOCOL_MAJOR;
  const hello = { type: 'hello', major, minor: 0 };
  switch (trick.kind) {
    case 'blow':
      say(connection, hello);
      connection.send(bytesOf(trick.blow, isForClients(trick)));
      return;
    case 'version':
      say(connection, { ...hello, major: 99 });
      return;
    case 'silent':
      if (trick.words > 0) say(connection, hello);
      return;
    case 'attach':
      say(connection, hello);
      say(connection, { type: 'attach', session: trick.session });
      // Whoever is let in does harm: it has finished, and holds nothing any more.
      for (const type of ['opened', 'finished']) say(connection, { type });
      return;
    case 'ask':
      say(connection, hello);
      say(connection, { type: 'request', id: 1, operation: { op: 'session.list', from: 0 } });
      return;
    case 'confirm': {
      const given = give(world, GLOBAL);
      if (!given.ok) return end();
      const { own, token } = given.value;
      hear(own, account, { onClose: end });
      say(connection, hello);
      say(connection, { type: 'register', token, processName: 'hostile', tid: 1 });
      world.clock.setTimer(5, () => {
        if (hasAnswered) return;
        hasAnswered = true;
        say(own, { type: 'applied', revision: 1_000_000 });
      });
      return;
    }
    case 'join': {
      const isReborn = trick.misdeed === 'reborn';
      const leave = join(world, connection, trick, account, isReborn ? () => undefined : end);
      if (leave === undefined) return end();
      world.clock.setTimer(trick.misdeed === 'deaf' ? STAY_DEAF_MS : STAY_MS, end);
      if (isReborn) world.clock.setTimer(REBIRTH_MS, () => reborn(world, trick, account, leave));
      return;
    }
    case 'borrow':
      say(connection, hello);
      say(connection, { type: 'register', token: trick.token, processName: 'hostile', tid: 1 });
      return;
    default:
  }
}

/** Registers, and lives as it does until the returned function is called; undefined: there is no registry. */
function join(
  world: World,
  connection: Connection,
  trick: Trick & { readonly kind: 'join' },
  account: HostileAccount,
  onClose: () => void,
): (() => void) | undefined {
  const given = give(world, ofWhom(trick));
  if (!given.ok) return undefined;
  const { own, token } = given.value;
  const leave = misbehave(world, own, trick.misdeed, account, onClose);
  const incarnation = `${world.clock.monotonicNs()}`;
  say(connection, { type: 'hello', major: APP_PROTOCOL_MAJOR, minor: 0 });
  const { pid: tid } = world.identity;
  say(connection, { type: 'register', token, processName: 'application', tid, incarnation });
  return leave;
}

/** Another thread that has the numbers of the one that leaves now. */
function reborn(
  world: World,
  trick: Trick & { readonly kind: 'join' },
  account: HostileAccount,
  leave: () => void,
): void {
  leave();
  world.unix.connect(`${ofWhom(trick).directory}/apps.sock`, {}, (outcome) => {
    if (!outcome.ok) return;
    hear(outcome.value, account);
    join(world, outcome.value, trick, account, () => undefined);
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
    hear(connection, account);
    for (const type of ['welcome', 'registered']) {
      const more = { major: APP_PROTOCOL_MAJOR, minor: 0 };
      say(connection, type === 'welcome' ? { type, ...more } : { type });
    }
  });
  return listening.ok ? listening.value : undefined;
}
