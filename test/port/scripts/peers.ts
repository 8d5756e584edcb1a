/** Helpers of the socket scripts: a connected pair through a listener, and a listener that records. */

import type { OsResult } from '../../../src/port/os-error.ts';
import type {
  ByteStream,
  CloseReason,
  Connection,
  ConnectionListener,
  UnixListener,
} from '../../../src/port/unix-sockets.ts';
import { must, outcome, type Stage, textOf } from '../stage.ts';

/** Starts a connection and records its data and its end. */
export class Recorder implements ConnectionListener {
  text = '';
  reasons = '';

  constructor(connection: ByteStream) {
    connection.start(this);
  }

  get closed(): boolean {
    return this.reasons !== '';
  }

  onData(bytes: Uint8Array): void {
    this.text += this.closed ? ' (data after the end)' : textOf(bytes);
  }

  onClose(reason: CloseReason): void {
    this.reasons += this.closed ? `, ${reason}` : reason;
  }
}

/** Listens at `s` in the stage's directory and connects to it; neither end is started. */
export async function connected(
  stage: Stage,
): Promise<{ client: Connection; server: Connection; listener: UnixListener }> {
  const path = `${stage.directory}/s`;
  let client: Connection | undefined;
  let server: Connection | undefined;
  const { unix } = stage.world;
  const listener = must(
    unix.listen(path, { mode: 0o600 }, (connection) => {
      server = connection;
    }),
  );
  unix.connect(path, {}, (result) => {
    client = must(result);
  });
  await stage.until('both ends are there', () => client !== undefined && server !== undefined);
  if (client === undefined || server === undefined) throw new Error('Not connected');
  return { client, server, listener };
}

/** Connects to `path` and reports the outcome; closes the connection. */
export async function sayConnect(stage: Stage, label: string, path: string): Promise<void> {
  const outcomes: OsResult<Connection>[] = [];
  stage.world.unix.connect(path, {}, (result) => outcomes.push(result));
  const inside = outcomes.length;
  await stage.until(`${label}: an outcome`, () => outcomes.length > 0);
  const [first] = outcomes;
  if (first?.ok === true) first.value.close();
  stage.say(
    `${label}: ${first === undefined ? 'none' : outcome(first)}${inside > 0 ? ' inside' : ''}`,
  );
}
