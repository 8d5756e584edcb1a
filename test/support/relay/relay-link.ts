/** A consumer's link to a scripted relay in a simulated network, and what the relay got over it. */
import type { Simulation } from '../../../sim/machine/simulation.ts';
import type { TcpConnection } from '../../../src/port/network.ts';
import type { World } from '../../../src/port/world.ts';
import { must } from '../ring/memory.ts';
import type { ScriptedRelay } from './scripted-relay.ts';

const PACKET_HEADER_BYTES = 84;
/** A compact header and one u32. */
const EVENT_BYTES = 8;

export const SITE = {
  session: { name: 'web', uuid: '0c6ac9f1-5e0c-4d3c-9f0a-2c7d2f6c3f11' },
  basePath: '',
  clockOffsetNs: 0n,
  clockUuid: '7e3f9a46-3a53-4d21-8a57-6f1f0a1b2c3d',
  tracerMajor: 0,
  tracerMinor: 1,
};

interface Connections {
  readonly control: TcpConnection;
  readonly data: TcpConnection;
}

/** Two connections to the relay: our ends, and its own. */
export function connectTo(
  simulation: Simulation,
  world: World,
  relay: ScriptedRelay,
): { readonly ours: Connections; readonly theirs: Connections } {
  const control = connectionOf(simulation, world);
  const data = connectionOf(simulation, world);
  relay.startControl(control.theirs);
  relay.startData(data.theirs);
  return {
    ours: { control: control.ours, data: data.ours },
    theirs: { control: control.theirs, data: data.theirs },
  };
}

/** One connection over the loopback, both of its ends. */
function connectionOf(
  simulation: Simulation,
  world: World,
): { readonly ours: TcpConnection; readonly theirs: TcpConnection } {
  const theirs: TcpConnection[] = [];
  const ours: TcpConnection[] = [];
  world.network.listen(
    { host: '127.0.0.1', port: 0 },
    (accepted) => void theirs.push(accepted),
    (listening) =>
      world.network.connect(must(listening).address, (made) => void ours.push(must(made))),
  );
  simulation.run({ forMs: 10 });
  const [mine, peer] = [ours[0], theirs[0]];
  if (mine === undefined || peer === undefined) throw new Error('not connected');
  return { ours: mine, theirs: peer };
}

/** The numbers of the events in the packets, which have compact headers and one u32. */
export function eventsOf(packets: readonly Uint8Array[]): number[] {
  return packets.flatMap((packet) => {
    const body = packet.subarray(PACKET_HEADER_BYTES);
    const view = new DataView(body.buffer, body.byteOffset, body.length);
    const count = body.length / EVENT_BYTES;
    return Array.from({ length: count }, (_, n) => view.getUint32(n * EVENT_BYTES + 4, true));
  });
}
