/** A process that opens many connections at once, and keeps them. */

import type { Connection } from '../../src/port/unix-sockets.ts';
import type { World } from '../../src/port/world.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../src/wire/control/messages.ts';
import type { TargetRegistry } from '../input/attack.ts';
import type { AdversaryAccount } from '../ledger/ledger.ts';
import { hear, say } from './dialogue.ts';

/** Connections per batch: more could exceed the backlog. */
const AT_ONCE = 100;
const PAUSE_MS = 1;

/** Opens `count` connections, and sends a hello over each. Returns a function that closes all of them. */
export function floodConnections(
  world: World,
  { directory }: TargetRegistry,
  count: number,
  account: AdversaryAccount,
): () => void {
  const connections: Connection[] = [];
  const connect = (left: number): void => {
    for (let index = 0; index < Math.min(left, AT_ONCE); index++) {
      world.unix.connect(`${directory}/client.sock`, {}, (outcome) => {
        if (!outcome.ok) return;
        connections.push(outcome.value);
        hear(outcome.value, account);
        say(outcome.value, { type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 });
      });
    }
    if (left > AT_ONCE) world.clock.setTimer(PAUSE_MS, () => connect(left - AT_ONCE));
  };
  connect(count);
  return () => {
    for (const connection of connections) connection.close();
  };
}
