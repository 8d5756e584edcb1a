/**
 * A process with many threads that are registered as applications and do nothing: threads of libuv's pool, which need
 * no JavaScript of their own. Prints `ready` when each has its streams. Argument: the number of threads.
 */
import { readdirSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createRealWorld } from '../../src/os/world.ts';
import type { Connection } from '../../src/port/unix-sockets.ts';
import { APP_PROTOCOL_MAJOR } from '../../src/wire/app/messages.ts';
import { locationOf, ownScope } from '../../src/wire/endpoints.ts';
import { decodeBody, encodeFrame, FrameParser } from '../../src/wire/frames.ts';
import { PROTOCOLS, type ProtocolName } from '../../src/wire/protocols.ts';
import { must } from '../lib/must.ts';

/** The registry keeps 256 passed sockets of a user. */
const AT_ONCE = 64;

const world = createRealWorld({ log: () => {} });
const { uid } = world.identity;
const { appPath } = locationOf(world.identity, ownScope(uid));
const wanted = Number(process.argv[2]);
// The first use of the pool starts all of its threads.
await stat('/');
const tids = readdirSync('/proc/self/task').map(Number).slice(0, wanted);
if (tids.length < wanted) throw new Error(`${tids.length} threads, set UV_THREADPOOL_SIZE`);
if (statSync(appPath).uid !== uid) throw new Error('no registry');

let served = 0;
function register(): void {
  const tid = tids.pop();
  if (tid === undefined) return;
  world.unix.connect(appPath, {}, (outcome) => {
    const main = must(outcome);
    const { own, token } = must(world.unix.passSocket(appPath, {}));
    listen(main, 'app.library', () => undefined);
    listen(own, 'channel.library', ({ type, revision, sessions }) => {
      if (type !== 'state') return;
      say(own, { type: 'applied', revision });
      if (!Array.isArray(sessions) || sessions.length === 0) return;
      served += 1;
      if (served === wanted) process.stdout.write('ready\n');
      register();
    });
    say(main, { type: 'hello', major: APP_PROTOCOL_MAJOR, minor: 0 });
    say(main, { type: 'register', token, processName: 'crowd', tid });
  });
}
for (let count = 0; count < AT_ONCE; count++) register();

function say(connection: Connection, message: object): void {
  connection.send(must(encodeFrame(message)));
}

function listen(
  connection: Connection,
  protocol: ProtocolName,
  onMessage: (message: Record<string, unknown>) => void,
): void {
  const parser = new FrameParser();
  connection.start({
    onData: (bytes) => {
      for (const body of parser.push(bytes).bodies) {
        onMessage(must(decodeBody<Record<string, unknown>>(body, PROTOCOLS[protocol].schema)));
      }
    },
    onClose: () => undefined,
  });
}
