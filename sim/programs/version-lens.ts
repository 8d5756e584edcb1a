/**
 * Programs of other versions: a lens changes the protocol version in the greetings that a program sends, and translates
 * those that it receives. The same code thus acts as an older or a newer installation. The lens records the greetings
 * of both peers for the oracle `versions`.
 */

import type { Connection } from '../../src/port/unix-sockets.ts';
import type { World } from '../../src/port/world.ts';
import { APP_PROTOCOL_MAJOR } from '../../src/wire/app/messages.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../src/wire/control/messages.ts';
import { type Version, versionIn } from '../input/installation.ts';
import type { Greeting } from '../ledger/greeting.ts';
import type { Lens } from '../machine/lens.ts';
import { throughFrames } from './frame-lens.ts';

const SENT_MAX = 4;
/** A major version that no program has, in place of a negative one. */
const NONE = 1000;

interface Message {
  readonly type?: string;
  readonly major?: number;
  readonly minor?: number;
  readonly reason?: string;
}

/** The lens, which adds to `greetings`. */
export function versionLens(greetings: Greeting[]): Lens {
  return (world, program) => {
    const version = versionIn(world.identity.environment);
    const through = (connection: Connection, isListener: boolean, path: string): Connection => {
      const isOfApps = path.endsWith('/apps.sock');
      const major = version.ahead + (isOfApps ? APP_PROTOCOL_MAJOR : CONTROL_PROTOCOL_MAJOR);
      const { pid } = world.identity;
      const greeting: Greeting = {
        program,
        pid,
        isListener,
        major,
        minor: version.minor,
        sent: [],
      };
      greetings.push(greeting);
      return speaking(connection, version, isOfApps, greeting);
    };
    return { ...world, unix: unixThrough(world.unix, through) };
  };
}

function unixThrough(
  unix: World['unix'],
  through: (connection: Connection, isListener: boolean, path: string) => Connection,
): World['unix'] {
  return {
    ...unix,
    listen: (path, options, onConnection) =>
      unix.listen(path, options, (connection) => onConnection(through(connection, true, path))),
    connect: (path, options, onOutcome) =>
      unix.connect(path, options, (outcome) =>
        onOutcome(outcome.ok ? { ok: true, value: through(outcome.value, false, path) } : outcome),
      ),
  };
}

function speaking(
  connection: Connection,
  { ahead, minor }: Version,
  isOfApps: boolean,
  greeting: Greeting,
): Connection {
  const isGreeting = ({ type }: Message): boolean => type === 'hello' || type === 'welcome';
  const said = (message: Message): Message => {
    if (greeting.sent.length < SENT_MAX) greeting.sent.push(message.type ?? '');
    if (message.type === 'refused') greeting.refused = message.reason;
    if (!isGreeting(message)) return message;
    // A member that a newer minor version may add, in greetings from and to applications.
    const added = isOfApps && minor > 0 ? { since: minor } : {};
    return { ...message, major: (message.major ?? 0) + ahead, minor, ...added };
  };
  const heard = (message: Message): Message => {
    // A later refusal has another cause.
    if (message.type === 'refused' && greeting.peerMajor === undefined) {
      greeting.refusedWith ??= message.reason;
    }
    if (!isGreeting(message) || message.major === undefined) return message;
    greeting.peerMajor ??= message.major;
    greeting.peerMinor ??= message.minor;
    const major = message.major - ahead;
    return { ...message, major: major < 0 ? NONE : major };
  };
  return throughFrames(connection, {
    said: (message) => said(message as Message),
    heard: (message) => heard(message as Message),
  });
}
