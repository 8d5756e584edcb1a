/** The real World at limits that the simulator models differently: descriptors, the disk. */

import { spawn } from 'node:child_process';
import { constants, existsSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import koffi from 'koffi';
import { expect, test } from 'vitest';
import { connectNow } from '../../../../src/os/connect.ts';
import { socketDescriptor } from '../../../../src/os/connection.ts';
import { openEntrance } from '../../../../src/os/entrance.ts';
import { createMemory, KEYS_MAX } from '../../../../src/os/memory.ts';
import type { OsResult } from '../../../../src/port/os-error.ts';
import type { Connection } from '../../../../src/port/unix-sockets.ts';
import {
  createTestWorld,
  must,
  runSnippetInShell,
  scratchDirectory,
  until,
} from '../../../support/real/os.ts';

/** fcntl(2): sets the flags of the file description. */
const F_SETFL = 4;

function outcome(result: OsResult<unknown>): string {
  return result.ok ? 'ok' : result.error.code;
}

test('a full disk is ENOSPC', () => {
  const file = must(createTestWorld().files.open('/dev/full', 'append'));
  expect(outcome(file.append([Uint8Array.of(1)]))).toBe('ENOSPC');
  file.close();
});

test('more segments than the machine may have are ENOSPC', ({ skip }) => {
  const { status, stdout, stderr } = runSnippetInShell(
    'echo 2 > /proc/sys/kernel/shmmni',
    `const { memory, identity: { uid, gid } } = createRealWorld({ log: () => {} });
     const make = () => memory.create(4096, { uid, gid, mode: 0o600 });
     const made = [make(), make(), make()];
     must(memory.remove(made[0].value));
     process.stdout.write(JSON.stringify([...made, make()].map(({ error }) => error?.code ?? 'ok')));`,
    [],
    // In an IPC namespace of its own: other processes keep their limit.
    ['unshare', '--ipc'],
  );
  skip(status !== 0 && /unshare/.test(stderr), 'needs root and unshare(1)');
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(['ok', 'ok', 'ENOSPC', 'ok']);
});

test('a segment with the id of a removed one, of another user, is neither removed nor read', ({
  skip,
}) => {
  const { status, stdout, stderr } = runSnippetInShell(
    'true',
    `import { writeFileSync } from 'node:fs';
     const { memory } = createRealWorld({ log: () => {} });
     const make = (uid) => must(memory.create(4096, { uid, gid: uid, mode: 0o600 }));
     const first = make(0);
     must(memory.remove(first));
     // Without this a user repeats until the kernel's sequence comes round, millions of times.
     writeFileSync('/proc/sys/kernel/shm_next_id', String(first.id));
     process.seteuid(65534);
     const other = make(65534);
     process.seteuid(0);
     const said = [other.id === first.id ? 'same id' : 'another id'];
     for (const call of ['remove', 'attachReadable', 'attachWritable', 'info']) {
       said.push(memory[call](first).error?.code ?? 'ok');
     }
     said.push(memory.remove(other).error?.code ?? 'ok');
     process.stdout.write(said.join(' '));`,
    [],
    ['unshare', '--ipc'],
  );
  skip(status !== 0 && /unshare/.test(stderr), 'needs root and unshare(1)');
  expect(stderr).toBe('');
  expect(stdout).toBe('same id EIDRM EIDRM EIDRM EIDRM ok');
});

test('a key that another segment has is drawn again, KEYS_MAX times', () => {
  const { memory, identity } = createTestWorld();
  const access = { uid: identity.uid, gid: identity.gid, mode: 0o600 };
  const taken = must(memory.create(4096, access));
  const drawn: number[] = [];
  const drawing = createMemory(openEntrance, () => {
    drawn.push(0);
    return drawn.length < KEYS_MAX ? taken.key : taken.key ^ 1;
  });
  const made = must(drawing.create(4096, access));
  expect([drawn.length, made.key]).toEqual([KEYS_MAX, taken.key ^ 1]);
  expect(outcome(createMemory(openEntrance, () => taken.key).create(4096, access))).toBe('EEXIST');
  must(memory.remove(made));
  must(memory.remove(taken));
});

test('a TCP listener leaves descriptors free: it refuses connections, logs that once, and accepts again later', () => {
  const { stderr, stdout } = runSnippetInShell(
    'ulimit -n 120',
    `const logged = [];
     const world = createRealWorld({ log: (event) => logged.push(event) });
     const { network } = world;
     const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
     const accepted = [];
     const listener = await new Promise((resolve) =>
       network.listen(
         { host: '127.0.0.1', port: 0 },
         (end) => {
           end.start({ onData: () => {}, onClose: () => {} });
           accepted.push(end);
         },
         (outcome) => resolve(must(outcome)),
       ),
     );
     const codes = new Set();
     const connect = () =>
       network.connect(listener.address, (outcome) => {
         codes.add(outcome.ok ? 'ok' : outcome.error.code);
         if (outcome.ok) outcome.value.start({ onData: () => {}, onClose: () => {} });
       });
     for (let count = 0; count < 60; count += 1) {
       connect();
       await wait(5);
     }
     const before = accepted.length;
     for (const end of accepted) end.drop();
     await wait(200);
     connect();
     await wait(200);
     const lines = logged.filter((event) => event === 'socket.descriptorsExhausted').length;
     process.stdout.write([...codes].join(' ') + ', lines ' + lines + ', again ' + (accepted.length - before));
     process.exit(0);`,
    [],
  );
  expect(stderr).toBe('');
  expect(stdout).toBe('ok, lines 1, again 1');
});

test('threads of a process in another pid namespace cannot be checked', async ({ skip }) => {
  const child = spawn('unshare', ['--pid', '--fork', '--mount-proc', 'sleep', '20'], {
    stdio: 'ignore',
  });
  try {
    const { processes } = createTestWorld();
    const children = (): string =>
      readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'latin1').trim();
    let inside = 0;
    try {
      await until(() => children() !== '');
      inside = Number(children());
    } catch {
      skip(true, 'needs root and unshare(1)');
    }
    expect(processes.hasThread(inside, 1)).toBe(undefined);
    expect(processes.hasThread(inside, inside)).toBe(true);
    expect(processes.hasThread(child.pid ?? 0, 1)).toBe(false);
    process.kill(inside, 'SIGKILL');
  } finally {
    child.kill('SIGKILL');
  }
});

test('EMFILE: every call that opens a descriptor returns it, and works again afterwards', () => {
  const { stdout, stderr } = runSnippetInShell(
    'ulimit -n 64',
    `import { closeSync, openSync } from 'node:fs';
     const world = createRealWorld({ log: () => {} });
     const [directory] = args;
     must(world.pipes.create(directory + '/p', { mode: 0o600 }));
     world.users.groupId('root');
     const listener = must(world.unix.listen(directory + '/s', { mode: 0o600 }, (made) => made.close()));
     const said = {};
     const attempt = (name, call) => { said[name] = (said[name] ?? []).concat(call().error?.code ?? 'ok'); };
     const attempts = () => {
       attempt('open', () => world.files.open(directory + '/f', 'append'));
       attempt('list', () => world.files.list(directory));
       attempt('sync', () => world.files.syncDirectory(directory));
       attempt('wait', () => world.pipes.awaitSignal(directory + '/p', () => {}));
       attempt('signal', () => world.pipes.signal(directory + '/p'));
       attempt('listen', () => world.unix.listen(directory + '/t', { mode: 0o600 }, () => {}));
       attempt('give', () => world.unix.passSocket(directory + '/s', {}));
     };
     const fill = [];
     try { for (;;) fill.push(openSync('/dev/null')); } catch {}
     attempts();
     world.unix.connect(directory + '/s', {}, (outcome) => {
       for (const fd of fill) closeSync(fd);
       attempts();
       process.stdout.write(JSON.stringify({ ...said, connect: outcome.error?.code }));
       process.exit(0);
     });`,
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
    give: twice,
    connect: 'EMFILE',
  });
});

/** Passes a passed socket under `token`, which a World would choose itself and never use twice. */
function give(path: string, token: string): Socket {
  return must(connectNow('test', path, `lttng-ts-socket-${token}`));
}

function descriptorOf(socket: Socket): number {
  return socketDescriptor(socket) ?? -1;
}

test('a second passed socket cannot use a token while the first passed socket waits', async () => {
  const { unix, identity } = createTestWorld();
  const path = `${scratchDirectory()}/s`;
  const accepted: Connection[] = [];
  const listener = must(unix.listen(path, { mode: 0o600 }, (made) => accepted.push(made)));
  const first = give(path, 'same');
  writeSync(descriptorOf(first), 'first');
  // The name is free again when the sender has closed its end: the first passed socket keeps the token.
  first.destroy();
  const second = give(path, 'same');
  const taken = must(listener.claimSocket('same', identity));
  expect(outcome(listener.claimSocket('same', identity))).toBe('ENOENT');
  let received = '';
  taken.start({
    onData: (bytes) => {
      received += Buffer.from(bytes).toString('latin1');
    },
    onClose: () => {},
  });
  await until(() => received !== '');
  expect(received).toBe('first');
  expect(accepted).toEqual([]);
  second.destroy();
  listener.close();
});

/** Open descriptors whose file description is set to block (the flags of proc_pid_fdinfo(5)). */
function blockingDescriptors(): string[] {
  return readdirSync('/proc/self/fdinfo').filter((fd) => {
    // The descriptor that listed the directory is closed by now.
    if (!existsSync(`/proc/self/fdinfo/${fd}`)) return false;
    const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'));
    return (Number.parseInt(flags?.[1] ?? '', 8) & constants.O_NONBLOCK) === 0;
  });
}

test('R1.15 a sender that makes its end blocking does not change the taker', () => {
  const { unix, identity } = createTestWorld();
  const path = `${scratchDirectory()}/s`;
  const listener = must(unix.listen(path, { mode: 0o600 }, () => {}));
  const before = blockingDescriptors();
  const given = give(path, 'hostile');
  const taken = must(listener.claimSocket('hostile', identity));
  const fcntl = koffi.load(null).func('int fcntl(int fd, int command, int flags)');
  expect(fcntl(descriptorOf(given), F_SETFL, 0)).toBe(0);
  // Only the sender's end: if the taker's descriptor shared its file description, the list would have two.
  expect(blockingDescriptors()).toEqual([...before, String(descriptorOf(given))].sort());
  taken.close();
  given.destroy();
  listener.close();
});
