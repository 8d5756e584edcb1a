/** Helpers of the network scripts: outcomes of the calls, and a connected pair. */
import type { TcpAddress, TcpConnection, TcpListener } from '../../../src/port/network.ts';
import type { OsResult } from '../../../src/port/os-error.ts';
import { must, type Stage } from '../stage.ts';

export const HOST = '127.0.0.1';

/** Listens; the outcome, which comes later. */
export async function listenAt(
  stage: Stage,
  address: TcpAddress,
  onConnection: (connection: TcpConnection) => void = (connection) => connection.drop(),
): Promise<OsResult<TcpListener>> {
  const outcomes: OsResult<TcpListener>[] = [];
  stage.world.network.listen(address, onConnection, (made) => outcomes.push(made));
  return only(stage, 'it listens, or not', outcomes);
}

export async function connectTo(
  stage: Stage,
  address: TcpAddress,
): Promise<OsResult<TcpConnection>> {
  const outcomes: OsResult<TcpConnection>[] = [];
  stage.world.network.connect(address, (made) => outcomes.push(made));
  return only(stage, 'it is connected, or not', outcomes);
}

export async function resolve(stage: Stage, name: string): Promise<OsResult<readonly string[]>> {
  const outcomes: OsResult<readonly string[]>[] = [];
  stage.world.network.resolve(name, (found) => outcomes.push(found));
  return only(stage, `${name} is looked up`, outcomes);
}

/** The first outcome: none may be there before time passes. */
async function only<T>(stage: Stage, what: string, outcomes: readonly T[]): Promise<T> {
  if (outcomes.length > 0) throw new Error('The outcome came from inside the call');
  await stage.until(what, () => outcomes.length > 0);
  return outcomes[0] as T;
}

interface Pair {
  readonly client: TcpConnection;
  readonly server: TcpConnection;
  readonly listener: TcpListener;
}

/** Two connected ends, not started. */
export async function connected(stage: Stage, host = HOST): Promise<Pair> {
  const accepted: TcpConnection[] = [];
  const listening = await listenAt(stage, { host, port: 0 }, (end) => accepted.push(end));
  const listener = must(listening);
  const client = must(await connectTo(stage, listener.address));
  await stage.until('the server has its end', () => accepted.length > 0);
  const [server] = accepted;
  if (server === undefined) throw new Error('Not connected');
  return { client, server, listener };
}

export async function endBoth(stage: Stage, { client, server, listener }: Pair): Promise<void> {
  listener.close();
  client.drop();
  server.drop();
  await stage.pass(10);
}

export function yes(is: boolean): string {
  return is ? 'yes' : 'no';
}
