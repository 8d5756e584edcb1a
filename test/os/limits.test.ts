/** The real World at limits that the simulator has in its own way: descriptors, the disk. */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { socketDescriptors } from '../../src/os/descriptor.ts';
import { sendDescriptor, socketPair } from '../../src/os/unix-calls.ts';
import type { Connection, OsResult } from '../../src/port/world.ts';
import {
  createTestWorld,
  must,
  openDescriptors,
  runSnippetInShell,
  scratchDirectory,
  until,
} from './support.ts';

function outcome(result: OsResult<unknown>): string {
  return result.ok ? 'ok' : result.error.code;
}

test('a full disk is ENOSPC', () => {
  const file = must(createTestWorld().files.open('/dev/full', 'append'));
  expect(outcome(file.append([Uint8Array.of(1)]))).toBe('ENOSPC');
  file.close();
});

test('EMFILE: every call that opens something says so, and works again afterwards', () => {
  const { stdout, stderr } = runSnippetInShell(
    'ulimit -n 64',
    `import { closeSync, openSync } from 'node:fs';
     const world = createRealWorld({ log: () => {} });
     const [directory] = args;
     must(world.pipes.create(directory + '/p', { mode: 0o600 }));
     world.users.groupId('root');
     const listener = must(world.unix.listen(directory + '/s', { mode: 0o600 }, (made) => made.close()));
     const early = must(world.unix.pair({}));
     const said = {};
     const attempt = (name, call) => { said[name] = (said[name] ?? []).concat(call().error?.code ?? 'ok'); };
     const attempts = () => {
       attempt('open', () => world.files.open(directory + '/f', 'append'));
       attempt('list', () => world.files.list(directory));
       attempt('sync', () => world.files.syncDirectory(directory));
       attempt('wait', () => world.pipes.awaitSignal(directory + '/p', () => {}));
       attempt('signal', () => world.pipes.signal(directory + '/p'));
       attempt('listen', () => world.unix.listen(directory + '/t', { mode: 0o600 }, () => {}));
       attempt('pair', () => world.unix.pair({}));
     };
     const fill = [];
     try { for (;;) fill.push(openSync('/dev/null')); } catch {}
     attempts();
     world.unix.connect(directory + '/s', {}, (outcome) => {
       for (const fd of fill) closeSync(fd);
       attempts();
       process.stdout.write(JSON.stringify({ ...said, give: error?.code, connect: outcome.error?.code }));
       process.exit(0);
     });
     const { error } = world.unix.give(directory + '/s', early.gift, world.identity.uid);`,
    [scratchDirectory()],
  );
  expect(stderr).toBe('');
  const twice = ['EMFILE', 'ok'];
  expect(JSON.parse(stdout)).toEqual({
    open: twice,
    list: twice,
    sync: twice,
    wait: twice,
    signal: twice,
    listen: twice,
    pair: twice,
    give: 'EMFILE',
    connect: 'EMFILE',
  });
});

test('a gift that is no Unix stream socket is refused, and its descriptor closed', async () => {
  const { unix, identity } = createTestWorld();
  const directory = scratchDirectory();
  const path = `${directory}/s`;
  const listener = must(unix.listen(path, { mode: 0o600 }, () => {}));
  const before = openDescriptors();
  const file = openSync('/dev/null', constants.O_RDONLY);
  must(sendDescriptor(path, 'lttng-ts-gift-file', file, identity.uid));
  closeSync(file);
  expect(outcome(listener.take('file', identity))).toBe('EINVAL');
  expect(outcome(listener.take('file', identity))).toBe('ENOENT');
  await until(() => openDescriptors() === before);
  listener.close();
});

test('a token that is taken cannot be given again while its gift waits', async () => {
  const { unix, identity } = createTestWorld();
  const path = `${scratchDirectory()}/s`;
  const accepted: Connection[] = [];
  const listener = must(unix.listen(path, { mode: 0o600 }, (made) => accepted.push(made)));
  const give = (): readonly [OsResult<void>, readonly [number, number]] => {
    const pair = must(socketPair());
    return [sendDescriptor(path, 'lttng-ts-gift-same', pair[1], identity.uid), pair];
  };
  const [first, firstPair] = give();
  const [second, secondPair] = give();
  // The name is free again as soon as the giver has closed its carrier: who came first keeps the token.
  expect([first, second].map(outcome)).toEqual(['ok', 'ok']);
  const taken = must(listener.take('same', identity));
  expect(outcome(listener.take('same', identity))).toBe('ENOENT');
  let received = '';
  taken.start({
    onData: (bytes) => {
      received += Buffer.from(bytes).toString('latin1');
    },
    onClose: () => {},
  });
  for (const fd of secondPair) socketDescriptors.close(fd);
  writeSync(firstPair[0], 'first');
  await until(() => received !== '');
  expect(received).toBe('first');
  expect(accepted).toEqual([]);
  for (const fd of firstPair) socketDescriptors.close(fd);
  listener.close();
});
