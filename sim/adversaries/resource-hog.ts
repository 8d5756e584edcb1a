/** Peers that exhaust the buffers of a registry: they leave replies unread and frames incomplete. */

import type { Connection } from '../../src/port/unix-sockets.ts';
import type { World } from '../../src/port/world.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../src/wire/control/messages.ts';
import { FRAME_BYTES_MAX, HELD_BYTES_MAX } from '../../src/wire/limits.ts';
import type { TargetRegistry } from '../input/attack.ts';
import type { AdversaryAccount } from '../ledger/ledger.ts';
import { hear, say } from './dialogue.ts';
import { frame } from './raw-msgpack.ts';

/** The replies to this many requests exceed the send queue when each page of the list is full. */
const REQUESTS = 400;
/** The begun frames of this many connections exceed the bound for all peers together. */
const CONNECTIONS = Math.ceil(HELD_BYTES_MAX / FRAME_BYTES_MAX) + 16;
/** When the process reads its connections or counts the open ones. */
const LOOK_MS = 400;

/** Sends many requests, and reads no reply before `LOOK_MS`. */
export function leaveAnswersUnread(
  world: World,
  { directory }: TargetRegistry,
  account: AdversaryAccount,
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

/** Sends a frame without its last byte over many connections, and records how many of those bytes are still held. */
export function beginFrames(
  world: World,
  { directory }: TargetRegistry,
  account: AdversaryAccount,
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
