/** Peers that let a registry hold as much as it does: answers that nobody reads, frames that never end. */

import type { Connection } from '../../src/port/unix-sockets.ts';
import type { World } from '../../src/port/world.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../src/wire/control/messages.ts';
import { FRAME_BYTES_MAX, HELD_BYTES_MAX } from '../../src/wire/limits.ts';
import type { TargetRegistry } from '../input/attack.ts';
import type { HostileAccount } from '../ledger/ledger.ts';
import { hear, say } from './dialogue.ts';
import { frame } from './raw-msgpack.ts';

/** Answers of this many requests are more than a queue takes, where a page of a list is full. */
const REQUESTS = 400;
/** Begun frames of this many connections are more than all peers together may have. */
const CONNECTIONS = Math.ceil(HELD_BYTES_MAX / FRAME_BYTES_MAX) + 16;
/** Then it looks what became of that. */
const LOOK_MS = 400;

/** Asks and asks, and does not read before it is too late. */
export function leaveAnswersUnread(
  world: World,
  { directory }: TargetRegistry,
  account: HostileAccount,
  end: () => void,
): void {
  world.unix.connect(`${directory}/client.sock`, {}, (outcome) => {
    if (!outcome.ok) return end();
    const connection = outcome.value;
    say(connection, { type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 });
    const operation = { op: 'session.list', from: 0 };
    for (let id = 1; id <= REQUESTS; id++) say(connection, { type: 'request', id, operation });
    world.clock.setTimer(LOOK_MS, () => hear(connection, account, { onClose: end }));
  });
}

/** Sends all of a frame but its last byte, over many connections, and tells how many of those bytes are still held. */
export function beginFrames(
  world: World,
  { directory }: TargetRegistry,
  account: HostileAccount,
  end: () => void,
): void {
  const open = new Set<Connection>();
  const begun = frame(new Uint8Array(FRAME_BYTES_MAX - 1), FRAME_BYTES_MAX);
  const look = (): void => {
    account.heldBytes = open.size * begun.length;
    for (const connection of open) connection.close();
    end();
  };
  const connect = (left: number): void => {
    if (left === 0) {
      world.clock.setTimer(LOOK_MS, look);
      return;
    }
    world.unix.connect(`${directory}/client.sock`, {}, (outcome) => {
      if (!outcome.ok) return look();
      const connection = outcome.value;
      open.add(connection);
      hear(connection, account, { onClose: () => open.delete(connection) });
      connection.send(begun);
      connect(left - 1);
    });
  };
  connect(CONNECTIONS);
}
