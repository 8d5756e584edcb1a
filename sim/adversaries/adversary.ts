/**
 * A hostile process, as a program of the simulated machine: it carries out one attack and records the results. The
 * oracle in `../oracles/adversaries.ts` checks them.
 */

import type { World } from '../../src/port/world.ts';
import { APP_PROTOCOL_MAJOR } from '../../src/wire/app/messages.ts';
import type { Attack } from '../input/attack.ts';
import type { AdversaryAccount } from '../ledger/ledger.ts';
import { floodConnections } from './connection-flood.ts';
import { converse, GLOBAL, passSocket, socketOf } from './conversation.ts';
import { hear, say } from './dialogue.ts';
import { impersonateRegistry } from './impostor-registry.ts';
import { consumeFalsely, pinSnapshot } from './lying-consumer.ts';
import { lieAsRelay } from './lying-relay.ts';
import { lieToRelay } from './lying-sender.ts';
import { lieAsViewer } from './lying-viewer.ts';
import { registerMadeUp } from './made-up-threads.ts';
import { keepOwnMemory } from './own-memory.ts';
import { misusePipe } from './pipe-misuse.ts';
import type { HostilePeer } from './relay-peer.ts';
import { beginFrames, leaveAnswersUnread } from './resource-hog.ts';
import { listenSilently } from './silent-registry.ts';
import { swapDirectory } from './swapped-directory.ts';

const NOWHERE = '00000000-0000-4000-8000-000000000000';
/** The process exits after this time, which is longer than any program waits for a silent peer. */
const PATIENCE_MS = 15_000;
/** How long a planted listener stays. */
const PLANT_MS = 400;
/** How long a silent registry stays: longer than any program waits for it. */
const SILENT_MS = 12_000;
/** How long a program keeps its own memory: longer than a session of the scenario. */
const OWN_MEMORY_MS = 600;
/** How long the process keeps its connections or its passed socket. */
const STAY_MS = 250;

/** What a hostile process has beside its World. */
export interface Means {
  readonly now: () => number;
  /** Creates a symbolic link; the port has no call for it. */
  readonly link: (path: string, target: string) => void;
}

/** Carries out the attack, and exits. */
export function runHostile(
  world: World,
  attack: Attack,
  account: AdversaryAccount,
  { now, ...means }: Means,
): void {
  const patience = world.clock.setTimer(PATIENCE_MS, () => world.processes.exit(0));
  const finish = (): void => {
    patience.cancel();
    world.processes.exit(0);
  };
  const cutOff = (): void => {
    account.endedAt = now();
    finish();
  };
  const stay = (ms: number, leave: () => void): void => {
    world.clock.setTimer(ms, () => {
      leave();
      finish();
    });
  };
  if ('staysMs' in attack && attack.kind !== 'lying-consumer') patience.cancel();
  switch (attack.kind) {
    case 'writable-directory':
    case 'opened-path':
      return weakenModes(world, attack, finish);
    case 'stray-consumer':
      return runStrayConsumer(world, finish);
    case 'planted-socket':
      return stay(PLANT_MS, plant(world, attack.path, account));
    case 'silent-registry':
      return stay(SILENT_MS, listenSilently(world, attack, account, now));
    case 'impostor-registry':
      return stay(PLANT_MS, impersonateRegistry(world, attack.directory, account));
    case 'connection-flood':
      return stay(STAY_MS, floodConnections(world, GLOBAL, attack.connections, account));
    case 'swapped-directory':
      return stay(attack.staysMs, swapDirectory(world, attack, means.link));
    case 'pipe-misuse':
      return stay(attack.staysMs, misusePipe(world, attack));
    case 'own-memory':
      return stay(OWN_MEMORY_MS, keepOwnMemory(world, attack.segments, account));
    case 'made-up-threads':
      registerMadeUp(world, attack.threads, account);
      return stay(attack.threads + STAY_MS, () => undefined);
    case 'unread-replies':
    case 'unfinished-frames':
      account.connectedAt = now();
      return hog(world, attack, account, cutOff);
    case 'lying-sender':
    case 'lying-viewer':
      return lieAsPeer({ world, account, now, onEnd: cutOff }, attack);
    case 'lying-relay':
      return stay(attack.staysMs, lieAsRelay(world, attack.lie, account));
    case 'shared-token':
      return lend(world, account, finish);
    default:
      world.unix.connect(socketOf(attack), {}, (outcome) => {
        if (!outcome.ok) return finish();
        const connection = outcome.value;
        account.connectedAt = now();
        if (attack.kind === 'lying-consumer')
          consumeFalsely(world, connection, attack, account, cutOff);
        else if (attack.kind === 'pinned-snapshot')
          pinSnapshot(world, connection, attack, account, cutOff);
        else converse(world, connection, attack, account, cutOff);
      });
  }
}

function hog(
  world: World,
  { kind, of }: Attack & { readonly kind: 'unread-replies' | 'unfinished-frames' },
  account: AdversaryAccount,
  cutOff: () => void,
): void {
  const take = kind === 'unread-replies' ? leaveAnswersUnread : beginFrames;
  take(world, of, account, cutOff);
}

/** Speaks to a relay, and lies. */
function lieAsPeer(
  peer: HostilePeer,
  attack: Attack & { readonly kind: 'lying-sender' | 'lying-viewer' },
): void {
  if (attack.kind === 'lying-sender') lieToRelay(peer, attack.relay, attack.lie);
  else lieAsViewer(peer, attack.relay, attack.lie);
}

/** Lets all users write into a directory, or enter it, or connect to a socket. */
function weakenModes(
  { files }: World,
  attack: Attack & { readonly kind: 'writable-directory' | 'opened-path' },
  finish: () => void,
): void {
  if (attack.kind === 'writable-directory') {
    files.makeDirectory(attack.directory, 0o700);
    files.setMode(attack.directory, 0o777);
    return finish();
  }
  const info = files.info(attack.path);
  const isDirectory = info.ok && info.value.kind === 'directory';
  files.setMode(attack.path, isDirectory ? 0o711 : 0o666);
  finish();
}

/** Starts the consumer of a session that does not exist. */
function runStrayConsumer({ processes, identity }: World, onExit: () => void): void {
  const { environment } = identity;
  const args = ['user', NOWHERE];
  processes.spawn(
    { program: 'lttng-ts:ust-consumerd', args, environment, style: 'inherit' },
    onExit,
  );
}

/** Passes a socket to the registry, and records its token in the account. */
function lend(world: World, account: AdversaryAccount, finish: () => void): void {
  const passed = passSocket(world, GLOBAL);
  if (!passed.ok) return finish();
  account.lent = passed.value.token;
  hear(passed.value.own, account, { onClose: finish });
  world.clock.setTimer(STAY_MS, finish);
}

/** Listens at the path of another user; records its callers and their messages. Returns a function that closes it. */
function plant(world: World, path: string, account: AdversaryAccount): () => void {
  world.files.remove(path);
  const listening = world.unix.listen(path, { mode: 0o666 }, (connection) => {
    const peer = connection.peer();
    if (peer.ok && peer.value.uid !== world.identity.uid) account.callers.push(peer.value.uid);
    hear(connection, account);
    for (const type of ['welcome', 'registered']) {
      const more = { major: APP_PROTOCOL_MAJOR, minor: 0 };
      say(connection, type === 'welcome' ? { type, ...more } : { type });
    }
  });
  return () => {
    if (listening.ok) listening.value.close();
  };
}
