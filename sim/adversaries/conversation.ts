/** An attack over one connection: sends a hello as a client or an application, then forbidden messages. */

import type { Connection } from '../../src/port/unix-sockets.ts';
import type { World } from '../../src/port/world.ts';
import { APP_PROTOCOL_MAJOR } from '../../src/wire/app/messages.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../src/wire/control/messages.ts';
import type { Attack, TargetRegistry } from '../input/attack.ts';
import type { AdversaryAccount } from '../ledger/ledger.ts';
import { hear, say } from './dialogue.ts';
import { malformedFrame } from './malformed-frame.ts';
import { misbehave } from './rogue-application.ts';

export const GLOBAL: TargetRegistry = { directory: '/run/lttng-ts', uid: 0 };
/** How long the process keeps its streams. */
const STAY_MS = 250;
/** How long it is the first thread before it registers as another one. */
const REBIRTH_MS = 20;
/** An application that acknowledges no state stays longer than a command may wait for it. */
const STAY_DEAF_MS = 6000;

function targetOf(attack: Attack): TargetRegistry {
  return ('of' in attack ? attack.of : undefined) ?? GLOBAL;
}

/** The path of the socket to which the attack connects. */
export function socketOf(attack: Attack): string {
  return `${targetOf(attack).directory}/${isForClients(attack) ? 'client' : 'apps'}.sock`;
}

export function passSocket(
  world: World,
  { directory }: TargetRegistry,
): ReturnType<World['unix']['passSocket']> {
  return world.unix.passSocket(`${directory}/apps.sock`, {});
}

function isForClients(attack: Attack): boolean {
  return (
    attack.kind === 'attach-consumer' ||
    attack.kind === 'foreign-command' ||
    attack.kind === 'lying-consumer' ||
    attack.kind === 'pinned-snapshot' ||
    ('socket' in attack && attack.socket === 'client')
  );
}

/** Sends the messages of the attack over a connection to a registry. */
export function converse(
  world: World,
  connection: Connection,
  attack: Attack,
  account: AdversaryAccount,
  end: () => void,
): void {
  let hasAnswered = false;
  const onClose = (): void => {
    if (attack.kind !== 'false-confirmation' && attack.kind !== 'rogue-application') end();
  };
  hear(connection, account, { onClose });
  const major = isForClients(attack) ? CONTROL_PROTOCOL_MAJOR : APP_PROTOCOL_MAJOR;
  const hello = { type: 'hello', major, minor: 0 };
  switch (attack.kind) {
    case 'malformed-frame':
      say(connection, hello);
      connection.send(malformedFrame(attack.malformation, isForClients(attack)));
      return;
    case 'unknown-version':
      say(connection, { ...hello, major: 99 });
      return;
    case 'silent-connection':
      if (attack.words > 0) say(connection, hello);
      return;
    case 'attach-consumer':
      say(connection, hello);
      say(connection, { type: 'attach', session: attack.session });
      // If the registry accepts the attach, these false reports damage the session.
      for (const type of ['opened', 'finished']) say(connection, { type });
      return;
    case 'foreign-command':
      say(connection, hello);
      say(connection, { type: 'request', id: 1, operation: { op: 'session.list', from: 0 } });
      return;
    case 'false-confirmation': {
      const passed = passSocket(world, GLOBAL);
      if (!passed.ok) return end();
      const { own, token } = passed.value;
      hear(own, account, { onClose: end });
      say(connection, hello);
      say(connection, { type: 'register', token, processName: 'hostile', tid: world.identity.pid });
      world.clock.setTimer(5, () => {
        if (hasAnswered) return;
        hasAnswered = true;
        say(own, { type: 'applied', revision: 1_000_000 });
      });
      return;
    }
    case 'rogue-application': {
      const isReborn = attack.misbehaviour === 'reborn';
      const leave = join(world, connection, attack, account, isReborn ? () => undefined : end);
      if (leave === undefined) return end();
      world.clock.setTimer(attack.misbehaviour === 'deaf' ? STAY_DEAF_MS : STAY_MS, end);
      if (isReborn) world.clock.setTimer(REBIRTH_MS, () => reborn(world, attack, account, leave));
      return;
    }
    case 'claimed-token':
      say(connection, hello);
      say(connection, {
        type: 'register',
        token: attack.token,
        processName: 'hostile',
        tid: world.identity.pid,
      });
      return;
    default:
  }
}

/** Registers, and misbehaves until the returned function is called; undefined: there is no registry. */
function join(
  world: World,
  connection: Connection,
  attack: Attack & { readonly kind: 'rogue-application' },
  account: AdversaryAccount,
  onClose: () => void,
): (() => void) | undefined {
  const passed = passSocket(world, targetOf(attack));
  if (!passed.ok) return undefined;
  const { own, token } = passed.value;
  const leave = misbehave(world, own, attack.misbehaviour, account, onClose);
  const incarnation = `${world.clock.monotonicNs()}`;
  say(connection, { type: 'hello', major: APP_PROTOCOL_MAJOR, minor: 0 });
  const { pid: tid } = world.identity;
  say(connection, { type: 'register', token, processName: 'application', tid, incarnation });
  return leave;
}

/** Detaches the thread, and registers another one with the same ids. */
function reborn(
  world: World,
  attack: Attack & { readonly kind: 'rogue-application' },
  account: AdversaryAccount,
  leave: () => void,
): void {
  leave();
  world.unix.connect(`${targetOf(attack).directory}/apps.sock`, {}, (outcome) => {
    if (!outcome.ok) return;
    hear(outcome.value, account);
    join(world, outcome.value, attack, account, () => undefined);
  });
}
