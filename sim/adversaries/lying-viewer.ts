/** A process that speaks to a relay as a viewer does, and breaks the protocol or asks for what it may not read. */
import type { TcpConnection } from '../../src/port/network.ts';
import type { World } from '../../src/port/world.ts';
import { VIEWER_COMMANDS } from '../../src/wire/live/connect.ts';
import { encodeViewerRequest, type ViewerRequest } from '../../src/wire/live/requests.ts';
import type { ViewerLie } from '../input/attack.ts';
import { connectToRelay, type HostilePeer, oversized } from './relay-peer.ts';

const MINOR = 13;
const NOISE_BYTES = 300;
const HALF_BYTES = 20;
/** Where the length is in the header of a request. */
const LENGTH_AT = 0;
const PACKET_BYTES = 4096;
/** Sessions and streams that it tries. */
const GUESSES = 4n;
const PAUSE_MS = 5;

export function lieAsViewer(peer: HostilePeer, relay: string, lie: ViewerLie): void {
  const { world, account } = peer;
  connectToRelay(
    peer,
    relay,
    'live',
    (connection) => {
      const hello: ViewerRequest = {
        type: 'connect',
        ...{ viewer: 0n, major: 2, minor: MINOR, purpose: VIEWER_COMMANDS },
      };
      const first = encodeViewerRequest(hello, MINOR);
      if (lie === 'noise') connection.send(world.random.bytes('noise', NOISE_BYTES));
      else if (lie === 'half-message') connection.send(first.subarray(0, HALF_BYTES));
      else if (lie === 'oversized') connection.send(oversized(first, LENGTH_AT));
      else {
        connection.send(first);
        say(world, connection, guesses());
      }
    },
    (bytes) => void account.heard.push(`${bytes.byteLength} bytes`),
  );
}

/** Sends requests with a pause between them: their replies are not read. */
function say(
  world: World,
  connection: TcpConnection,
  [next, ...others]: readonly ViewerRequest[],
): void {
  if (next === undefined) return;
  connection.send(encodeViewerRequest(next, MINOR));
  world.clock.setTimer(PAUSE_MS, () => say(world, connection, others));
}

/** It attaches to sessions that are not live, and asks for streams that it never heard of. */
function guesses(): ViewerRequest[] {
  const requests: ViewerRequest[] = [{ type: 'create-viewer' }];
  for (let id = 0n; id < GUESSES; id++) {
    requests.push(
      { type: 'attach', session: id, offset: 0n, seek: 'beginning' },
      { type: 'get-packet', stream: id, offset: 0n, byteLength: PACKET_BYTES },
    );
  }
  return requests;
}
