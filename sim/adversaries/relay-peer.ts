/** A hostile peer's connection to a relay: it connects, notes what comes back, and whether it is cut off. */
import type { TcpConnection } from '../../src/port/network.ts';
import type { World } from '../../src/port/world.ts';
import { RELAY_PORTS } from '../input/relay.ts';
import type { AdversaryAccount } from '../ledger/ledger.ts';

/** What a hostile peer does beside sending. */
export interface HostilePeer {
  readonly world: World;
  readonly account: AdversaryAccount;
  readonly now: () => number;
  /** The relay has ended a connection. */
  readonly onEnd: () => void;
}

/** Connects to a relay by its name; `onBytes` gets what the relay answers. */
export function connectToRelay(
  { world, account, now, onEnd }: HostilePeer,
  relay: string,
  which: keyof typeof RELAY_PORTS,
  onConnected: (connection: TcpConnection) => void,
  onBytes: (bytes: Uint8Array) => void = () => undefined,
): void {
  const { network } = world;
  network.resolve(relay, (found) => {
    const host = found.ok ? found.value.find((address) => address.includes('.')) : undefined;
    if (host === undefined) return onEnd();
    network.connect({ host, port: RELAY_PORTS[which] }, (made) => {
      if (!made.ok) return onEnd();
      account.connectedAt ??= now();
      account.ports.push(made.value.local.port);
      made.value.start({ onData: onBytes, onClose: onEnd });
      onConnected(made.value);
    });
  });
}

/** The same message with a length of 2^63; `at`: where its header has the length. */
export function oversized(message: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(message);
  new DataView(changed.buffer).setBigUint64(at, 2n ** 63n);
  return changed;
}
