/** A process of the user that impersonates the registry of that user, and sends wrong replies. */

import type { SegmentRef, WritableSegment } from '../../src/port/shared-memory.ts';
import type { Connection, UnixListener } from '../../src/port/unix-sockets.ts';
import type { World } from '../../src/port/world.ts';
import { formatSegment } from '../../src/ring/format.ts';
import { OFFSET_OPENED, POSITION_SEGMENT_BYTES, segmentBytes } from '../../src/ring/layout.ts';
import { APP_PROTOCOL_MAJOR } from '../../src/wire/app/messages.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../src/wire/control/messages.ts';
import { LOG_LEVEL_ALL } from '../input/command.ts';
import type { AdversaryAccount } from '../ledger/ledger.ts';
import { hear, say } from './dialogue.ts';

/** The shape in the grant to an application, and the real shape of the segment. */
const GRANTED = { subbufferBytes: 4096, subbufferCount: 4, overwrite: false };
const MADE = { subbufferBytes: 8192, subbufferCount: 2, overwrite: true };
const STREAM_ID = 1;
/** Closes the connection this long after a wrong reply. */
const CLOSE_MS = 20;

/** Listens in `directory` until the returned function is called. */
export function impersonateRegistry(
  world: World,
  directory: string,
  account: AdversaryAccount,
): () => void {
  world.files.makeDirectory(directory, 0o700);
  const streams = segments(world);
  const listeners: UnixListener[] = [];
  const listen = (name: string, serve: (connection: Connection) => void): void => {
    const path = `${directory}/${name}`;
    world.files.remove(path);
    const listening = world.unix.listen(path, { mode: 0o600 }, serve);
    if (listening.ok) listeners.push(listening.value);
  };
  listen('client.sock', (connection) => replyWrongly(world, connection, account));
  listen('apps.sock', (connection) => {
    const [, apps] = listeners;
    if (apps !== undefined) grantWrongly(connection, apps, streams.refs, account);
  });
  return () => {
    // An application that recorded there trusted a grant that the memory contradicts.
    const words = new DataView(streams.data.buffer);
    if (words.getUint32(OFFSET_OPENED, true) > 0) account.heard.push('event');
    for (const listener of listeners) listener.close();
    streams.data.detach();
    for (const ref of streams.refs) world.memory.remove(ref);
  };
}

/** Answers each request with a reply to the next one. */
function replyWrongly(world: World, connection: Connection, account: AdversaryAccount): void {
  hear(connection, account, {
    onMessage: (message) => {
      if (message.type === 'hello') {
        const { pid } = world.identity;
        say(connection, {
          ...{ type: 'welcome', major: CONTROL_PROTOCOL_MAJOR, minor: 0, scope: 'user', pid },
        });
      }
      if (message.type !== 'request') return;
      const { id } = message as { id: number };
      say(connection, { type: 'reply', id: id + 1, value: { sessions: [] } });
      world.clock.setTimer(CLOSE_MS, () => connection.close());
    },
  });
}

/** Registers an application, and grants it a segment whose stream differs from the grant. */
function grantWrongly(
  connection: Connection,
  listener: UnixListener,
  [dataSegment, positionSegment]: readonly SegmentRef[],
  account: AdversaryAccount,
): void {
  hear(connection, account, {
    onMessage: (message) => {
      if (message.type === 'hello') {
        say(connection, { type: 'welcome', major: APP_PROTOCOL_MAJOR, minor: 0 });
      }
      if (message.type !== 'register') return;
      const peer = connection.peer();
      if (!peer.ok) return connection.close();
      const taken = listener.claimSocket((message as { token: string }).token, peer.value);
      if (!taken.ok) return connection.close();
      say(connection, { type: 'registered' });
      connection.close();
      hear(taken.value, account);
      const wakePath = '/home/alice/.lttng-ts/none';
      const stream = {
        streamId: STREAM_ID,
        dataSegment,
        positionSegment,
        shape: GRANTED,
        wakePath,
      };
      const rules = [{ pattern: '*', logLevelMax: LOG_LEVEL_ALL }];
      say(taken.value, {
        type: 'state',
        revision: 1,
        sessions: [
          {
            uuid: '00000000-0000-4000-8000-000000000000',
            active: true,
            channels: [{ name: 'c', stream, rules }],
          },
        ],
      });
    },
  });
}

function segments(world: World): { refs: readonly SegmentRef[]; data: WritableSegment } {
  const { uid, gid } = world.identity;
  const create = (bytes: number): SegmentRef => {
    const made = world.memory.create(bytes, { uid, gid, mode: 0o600 });
    if (!made.ok) throw new Error(`no segment (${made.error.code})`);
    return made.value;
  };
  const refs = [create(segmentBytes(MADE)), create(POSITION_SEGMENT_BYTES)] as const;
  const data = world.memory.attachWritable(refs[0]);
  // The segments must be attached: unattached ones would count as leaked.
  const position = world.memory.attachReadable(refs[1]);
  if (!position.ok) throw new Error(`no segment (${position.error.code})`);
  if (!data.ok) throw new Error(`no segment (${data.error.code})`);
  formatSegment(data.value, MADE, STREAM_ID);
  return { refs, data: data.value };
}
