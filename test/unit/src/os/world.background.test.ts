/**
 * `background`: no timer, connection or child of such a World keeps its process alive. Each case is a separate process.
 */
import { expect, test } from 'vitest';
import { createTestWorld, must, runSnippet, scratchDirectory } from '../../../support/real/os.ts';

const BACKGROUND =
  'const world = createRealWorld({ log: () => {}, entrance: { ...openEntrance, isBackground: true } });';
const QUIET = 'const quiet = { onData: () => {}, onClose: () => {} };';

/** Runs the snippet; it must end by itself, long before the limit. */
function expectToEnd(snippet: string, directory: string): void {
  const started = performance.now();
  const { status, signal, stderr } = runSnippet(
    `${BACKGROUND} ${QUIET} const directory = args[0]; ${snippet}`,
    [directory],
  );
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
  expect(performance.now() - started).toBeLessThan(5_000);
}

test.each([
  ['a timer', 'world.clock.setTimer(60_000, () => {});'],
  [
    'a listener, and a passed socket that it keeps',
    `const listener = must(world.unix.listen(directory + '/s', { mode: 0o600 }, () => {}));
     const { own, token } = must(world.unix.passSocket(directory + '/s', {}));
     own.start(quiet);
     listener.claimSocket(token, { ...world.identity, pid: 1 });`,
  ],
  [
    'both ends of a connection',
    `must(world.unix.listen(directory + '/s', { mode: 0o600 }, (other) => other.start(quiet)));
     world.unix.connect(directory + '/s', {}, (made) => must(made).start(quiet));
     setTimeout(() => {}, 100);`,
  ],
  [
    'bytes that the peer does not read',
    `must(world.unix.listen(directory + '/s', { mode: 0o600 }, () => {}));
     const { own } = must(world.unix.passSocket(directory + '/s', {}));
     own.start(quiet);
     own.send(new Uint8Array(5_000_000));
     if (own.pendingBytes === 0) throw new Error('nothing pending');`,
  ],
  [
    'a close that waits for the peer',
    `must(world.unix.listen(directory + '/s', { mode: 0o600 }, () => {}));
     const { own } = must(world.unix.passSocket(directory + '/s', {}));
     own.send(new Uint8Array(5_000_000));
     own.close();`,
  ],
  [
    'a TCP listener, both ends of its connections, and a close that waits for the peer',
    `const { network } = world;
     const made = (outcome) => {
       const { address } = must(outcome);
       network.connect(address, (end) => must(end).start(quiet));
       network.connect(address, (end) => {
         must(end).send(new Uint8Array(10_000_000));
         must(end).close();
       });
     };
     network.listen({ host: '127.0.0.1', port: 0 }, () => {}, made);
     setTimeout(() => {}, 100);`,
  ],
  [
    'waiting for a signal, and reading a pipe',
    `must(world.pipes.create(directory + '/p', { mode: 0o600 }));
     must(world.pipes.awaitSignal(directory + '/p', () => {}));
     must(world.pipes.read(directory + '/p', () => {}));`,
  ],
  [
    'a child',
    `const child = must(world.processes.spawn(
       { program: 'sleep', args: ['600'], environment: { PATH: '/usr/bin:/bin' }, style: 'daemon' },
       () => {},
     ));
     process.on('exit', () => child.kill('SIGKILL'));`,
  ],
  ['a signal handler', `world.processes.onSignal(['SIGTERM', 'SIGHUP'], () => {});`],
])('%s does not keep the process alive', (_, snippet) => {
  expectToEnd(snippet, scratchDirectory());
});

test('waiting for a signal keeps no process alive, in any World', () => {
  const directory = scratchDirectory();
  const { status } = runSnippet(
    `const { pipes } = createRealWorld({ log: () => {} });
     must(pipes.create(args[0], { mode: 0o600 }));
     must(pipes.awaitSignal(args[0], () => {}));`,
    [`${directory}/p`],
  );
  expect(status).toBe(0);
});

test('a World loads no native code before it is needed', () => {
  const directory = scratchDirectory();
  must(createTestWorld().pipes.create(`${directory}/p`, { mode: 0o600 }));
  const { status, stdout, stderr } = runSnippet(
    `import { readFileSync } from 'node:fs';
     ${BACKGROUND}
     world.clock.monotonicNs();
     world.clock.setTimer(1000, () => {});
     must(world.pipes.awaitSignal(args[0] + '/p', () => {}));
     const { pid, tid, uid, processName, homeDirectory } = world.identity;
     must(world.files.info(args[0]));
     const native = () => /koffi/.test(readFileSync('/proc/self/maps', 'latin1'));
     const before = native();
     world.users.groupId('root');
     process.stdout.write(before + ' ' + native());`,
    [directory],
  );
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'false true', stderr: '' });
});
