/** Passages that others misuse: nothing but TCP connections becomes one, and no descriptor stays open. */
import { openSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { socketDescriptor } from '../../../../src/os/connection.ts';
import { socketDescriptors } from '../../../../src/os/descriptor.ts';
import { sendDescriptors } from '../../../../src/os/descriptor-passing.ts';
import * as libc from '../../../../src/os/libc.ts';
import { acceptWaiting, listenAt } from '../../../../src/os/unix-calls.ts';
import {
  PASSED_CONNECTIONS_MAX,
  type TcpConnection,
  type TcpListener,
} from '../../../../src/port/network.ts';
import type { OsResult } from '../../../../src/port/os-error.ts';
import {
  createTestWorld,
  must,
  openDescriptors,
  runSnippetInShell,
  scratchDirectory,
  until,
} from '../../../support/real/os.ts';

const HOST = '127.0.0.1';

function outcome(result: OsResult<unknown>): string {
  if (result.ok) return 'ok';
  const { code, detail = '' } = result.error;
  return `${code} ${detail}`.trim();
}

/** What the taker says to a message that a listener of ours sends. */
function said(send: (fd: number) => void): string {
  const path = `${scratchDirectory()}/p`;
  const { fd } = must(listenAt(path, { mode: 0o600 }, 0));
  const reached = must(createTestWorld().network.reachPassage(path));
  const accepted = acceptWaiting(fd);
  const before = openDescriptors();
  send(accepted);
  const taken = outcome(reached.take());
  // Its own descriptor is closed, and no other one is open.
  expect(openDescriptors()).toBe(before - 1);
  for (const each of [accepted, fd]) socketDescriptors.close(each);
  return taken;
}

function passing(...descriptors: readonly number[]): (fd: number) => void {
  return (fd) => must(sendDescriptors(fd, descriptors, 'test', 'test'));
}

async function listening(address: { path: string } | { port: number }): Promise<Server> {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(address, resolve));
  return server;
}

/** The descriptor of a listening socket. */
function descriptorOf(server: Server): number {
  return socketDescriptor(server as unknown as Socket) ?? -1;
}

async function connectedPair(): Promise<{
  readonly client: TcpConnection;
  readonly server: TcpConnection;
}> {
  const { network } = createTestWorld();
  const servers: TcpConnection[] = [];
  const listeners: TcpListener[] = [];
  const clients: TcpConnection[] = [];
  network.listen(
    { host: HOST, port: 0 },
    (connection) => servers.push(connection),
    (made) => listeners.push(must(made)),
  );
  await until(() => listeners.length > 0);
  const [listener] = listeners;
  if (listener !== undefined) network.connect(listener.address, (made) => clients.push(must(made)));
  await until(() => clients.length + servers.length === 2);
  listener?.close();
  const [[client], [server]] = [clients, servers];
  if (client === undefined || server === undefined) throw new Error('Not connected');
  return { client, server };
}

test('a descriptor that is no TCP connection is refused', async () => {
  const file = openSync('/dev/null', 'r');
  const unix = await listening({ path: `${scratchDirectory()}/s` });
  const tcp = await listening({ port: 0 });
  const no = 'EIO a descriptor is no TCP connection';
  expect(said(passing(file))).toBe(no);
  expect(said(passing(descriptorOf(unix)))).toBe(no);
  expect(said(passing(descriptorOf(tcp)))).toBe(no);
  socketDescriptors.close(file);
});

test('a message with no descriptors, too many, or not as many as it says, is refused', () => {
  const file = openSync('/dev/null', 'r');
  const many = Array.from({ length: PASSED_CONNECTIONS_MAX + 1 }, () => file);
  expect(said(passing(...many))).toBe(`EIO ${many.length} descriptors came`);
  const most = Array.from({ length: 253 }, () => file);
  expect(said(passing(...most))).toBe('EIO 253 descriptors came');
  const text = Uint8Array.of(2, 0, 0);
  expect(said((fd) => void libc.send()(fd, text, text.length, 0))).toBe('EIO 0 descriptors came');
  socketDescriptors.close(file);
});

test('connections that nobody takes end', async () => {
  const world = createTestWorld();
  const { network, identity } = world;
  const path = `${scratchDirectory()}/p`;
  const { client, server } = await connectedPair();
  const before = openDescriptors();
  const passage = must(network.openPassage(path, identity.uid));
  const reached = must(network.reachPassage(path));
  must(passage.pass(identity, [client]));
  passage.close();
  reached.close();
  let reason = '';
  server.start({ onData: () => undefined, onClose: (why) => void (reason = why) });
  await until(() => reason !== '');
  expect(reason).toBe('ended');
  await until(() => openDescriptors() <= before - 2);
});

test('a taker without room for the descriptors has none of them afterwards', () => {
  const { stderr, stdout } = runSnippetInShell(
    'ulimit -n 120',
    `import { openSync, closeSync, readdirSync } from 'node:fs';
     const { network, identity } = createRealWorld({ log: () => {} });
     const later = (ask) => new Promise((resolve) => ask((made) => resolve(must(made))));
     const servers = [];
     const listener = await later((then) =>
       network.listen({ host: '127.0.0.1', port: 0 }, (each) => servers.push(each), then));
     const clients = [];
     for (let count = 0; count < 4; count += 1)
       clients.push(await later((then) => network.connect(listener.address, then)));
     const passage = must(network.openPassage(process.argv[1] + '/p', identity.uid));
     const reached = must(network.reachPassage(process.argv[1] + '/p'));
     must(passage.pass(identity, clients));
     const fillers = [];
     try { for (;;) fillers.push(openSync('/dev/null', 'r')); } catch {}
     for (const each of fillers.splice(0, 2)) closeSync(each);
     const taken = reached.take();
     // The two, and the taker's own.
     const free = [];
     try { for (;;) free.push(openSync('/dev/null', 'r')); } catch {}
     process.stdout.write(taken.error.code + ' ' + free.length);
     process.exit(0);`,
    [scratchDirectory()],
  );
  expect(stderr).toBe('');
  expect(stdout).toBe('EMFILE 3');
});
