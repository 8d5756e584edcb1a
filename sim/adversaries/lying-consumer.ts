/** A process that consumes a session of its own user, sends false reports to the registry, and exits early. */

import type { SegmentRef } from '../../src/port/shared-memory.ts';
import type { Connection } from '../../src/port/unix-sockets.ts';
import type { World } from '../../src/port/world.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../src/wire/control/messages.ts';
import type { FalseReport } from '../input/attack.ts';
import type { AdversaryAccount } from '../ledger/ledger.ts';
import { hear, say } from './dialogue.ts';

/** How long it stays after its last false report. */
const LEAVE_MS = 2;
/** When a slow snapshot attaches its segment; it does not report that. */
const ATTACH_MS = 1000;

interface Lying {
  readonly session: string;
  readonly falseReport: FalseReport;
  readonly staysMs: number;
}

/** Attaches to a session, and sends false reports. */
export function consumeFalsely(
  world: World,
  connection: Connection,
  { session, falseReport, staysMs }: Lying,
  account: AdversaryAccount,
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
      if (message.type === 'stream.add' && falseReport === 'released') {
        const { streamId } = (message as { stream: { streamId: number } }).stream;
        say(connection, { type: 'stream.released', streamId });
      }
      if (message.type !== 'flush') return;
      const { token } = message as { token: number };
      // It acknowledges another flush than the requested one.
      if (falseReport === 'flushed') say(connection, { type: 'flushed', token: token + 1 });
      leaveAfter(LEAVE_MS);
    },
  });
  say(connection, { type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 });
  leaveAfter(staysMs);
}

/** A snapshot that reports no stream as attached; the registry must keep the segments for it as long as it runs. */
export function pinSnapshot(
  world: World,
  connection: Connection,
  { session }: { readonly session: string },
  account: AdversaryAccount,
  end: () => void,
): void {
  hear(connection, account, {
    onClose: end,
    onMessage: (message) => {
      if (message.type !== 'stream.add') return;
      const { dataSegment } = (message as { stream: { dataSegment: SegmentRef } }).stream;
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
