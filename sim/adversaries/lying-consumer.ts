/** A process that consumes a session of its own user, tells the registry what is not so, and leaves before the end. */

import type { Connection } from '../../src/port/unix-sockets.ts';
import type { World } from '../../src/port/world.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../src/wire/control/messages.ts';
import type { FalseReport } from '../input/attack.ts';
import type { HostileAccount } from '../ledger/ledger.ts';
import { hear, say } from './dialogue.ts';

/** How long it stays after its last lie. */
const LEAVE_MS = 2;
/** When a slow snapshot attaches; it does not say that it has. */
const ATTACH_MS = 1000;

interface Lying {
  readonly session: string;
  readonly lie: FalseReport;
  readonly staysMs: number;
}

/** Attaches to a session, and reports what is not so. */
export function consumeFalsely(
  world: World,
  connection: Connection,
  { session, lie, staysMs }: Lying,
  account: HostileAccount,
  end: () => void,
): void {
  const leaveAfter = (ms: number): void => {
    world.clock.setTimer(ms, () => {
      connection.close();
      end();
    });
  };
  hear(connection, account, {
    onClose: end,
    onMessage: (message) => {
      if (message.type === 'welcome') say(connection, { type: 'attach', session });
      if (message.type === 'session') say(connection, { type: 'opened' });
      if (message.type === 'stream.add' && lie === 'released') {
        const { streamId } = (message as { stream: { streamId: number } }).stream;
        say(connection, { type: 'stream.released', streamId });
      }
      if (message.type !== 'flush') return;
      const { token } = message as { token: number };
      // It answers what it was asked another time.
      if (lie === 'flushed') say(connection, { type: 'flushed', token: token + 1 });
      leaveAfter(LEAVE_MS);
    },
  });
  say(connection, { type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 });
  leaveAfter(staysMs);
}

/** A snapshot that never has what it was told of; what that is has to be there for it, as long as it may take. */
export function pinSnapshot(
  world: World,
  connection: Connection,
  { session }: { readonly session: string },
  account: HostileAccount,
  end: () => void,
): void {
  hear(connection, account, {
    onClose: end,
    onMessage: (message) => {
      if (message.type !== 'stream.add') return;
      const { dataSegment } = (message as { stream: { dataSegment: number } }).stream;
      world.clock.setTimer(ATTACH_MS, () => {
        const attached = world.memory.attachReadable(dataSegment);
        if (attached.ok) attached.value.detach();
        else account.heard.push('gone');
      });
    },
  });
  say(connection, { type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 });
  say(connection, { type: 'attach', session, snapshot: true });
}
