/**
 * A simulated machine for the tests of registration: the real registry, applications that a test controls, and a
 * scripted registry that a test defines (old, new, hanging, owned by another user).
 */

import {
  type Application,
  type ApplicationOptions,
  startApplication,
} from '../../../actors/programs/application.ts';
import { startSessiond } from '../../../actors/programs/sessiond.ts';
import type { RegistryEvent } from '../../../actors/sessiond/registry/events.ts';
import { type Program } from '../../../sim/machine/process/program.ts';
import { type SimProcess, Simulation } from '../../../sim/machine/simulation.ts';
import { levelOf } from '../../../src/port/log.ts';
import type { OsError, OsResult } from '../../../src/port/os-error.ts';
import type { Connection, UnixListener } from '../../../src/port/unix-sockets.ts';
import type { World } from '../../../src/port/world.ts';
import type { System } from '../../../src/runtime/system.ts';
import { decodeFrame, encodeFrame, FrameParser } from '../../../src/wire/frames.ts';
import { GROUPS, USERS } from './users.ts';

export const GLOBAL_SOCKET = '/run/lttng-ts/apps.sock';
export const COMMON_PIPE = '/tmp/.lttng-ts-apps';
export const HOUR_MS = 3_600_000;

export function must<T>(result: OsResult<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.error.call} ${result.error.subject}: ${result.error.code}`);
}

/** `registries`: every registry that the test started, in order. */
export interface Lab {
  readonly simulation: Simulation;
  readonly registries: System<RegistryEvent>[];
}

export function makeLab(seed: number, programs: Readonly<Record<string, Program>> = {}): Lab {
  const registries: System<RegistryEvent>[] = [];
  const simulation = new Simulation({
    seed,
    // dora's primary group is the tracing group.
    users: [...USERS, { name: 'dora', uid: 1004, gid: GROUPS.tracing, groups: [] }],
    groups: GROUPS,
    programs: {
      'lttng-sessiond': (world, [group]) => {
        registries.push(startSessiond(world, group === undefined ? {} : { group: () => group }));
      },
      ...programs,
    },
  });
  return { simulation, registries };
}

export interface App extends Application {
  readonly process: SimProcess;
  /** State of the registration with the registry of this scope, e.g. `waitingOnPipe.listening`. */
  at(scope: 'global' | 'user'): string;
  readonly hasSettled: boolean;
}

/** An application of `user` whose process lives until the test kills it. */
export function startApp(
  simulation: Simulation,
  user: string,
  options: Partial<ApplicationOptions> & {
    readonly environment?: Readonly<Record<string, string>>;
    readonly process?: SimProcess;
  } = {},
): App {
  const process = options.process ?? simulation.login(user);
  const { world } = process;
  const { environment = {} } = options;
  const homeDirectory =
    environment['LTTNG_HOME'] ?? environment['HOME'] ?? world.identity.homeDirectory;
  const identity = Object.create(world.identity, {
    environment: { value: environment },
    homeDirectory: { value: homeDirectory },
  }) as World['identity'];
  let hasSettled = false;
  const application = startApplication(
    { ...world, identity },
    {
      ...options,
      onSettled: () => {
        hasSettled = true;
      },
      onFailure: (error) => {
        throw error;
      },
    },
  );
  return {
    ...application,
    process,
    at: (scope) =>
      stateText(application.system.states()[`registration-${scope}`]).replace(PARTS, '$1'),
    get hasSettled() {
      return hasSettled;
    },
  };
}

/** Tests of registrations do not tell the parts of these states apart. */
const PARTS = /^(registered|probing)\..*$/;

/** `handshaking.connecting` of `{ handshaking: 'connecting' }`. */
function stateText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, inner] = ['', '']] = Object.entries(value);
  return `${name}.${stateText(inner)}`;
}

export type Message = Readonly<Record<string, unknown>>;

/** The messages of a peer on one connection, and a way to answer. */
export interface Conversation {
  readonly connection: Connection;
  readonly messages: readonly Message[];
  isOver: boolean;
  say(message: unknown): void;
}

export interface ToldRegistry {
  readonly listener: UnixListener;
  readonly conversations: readonly Conversation[];
}

/** A registry at `path` that only runs `onMessage`. */
export function listenAs(
  world: World,
  path: string,
  onMessage: OnMessage = () => undefined,
): ToldRegistry {
  const conversations: Conversation[] = [];
  const listener = must(
    world.unix.listen(path, { mode: 0o666 }, (connection) => {
      conversations.push(converse(connection, onMessage));
    }),
  );
  return { listener, conversations };
}

/** Connects to the registry at `path`, sends `words` at once and records the replies. */
export function speakTo(
  world: World,
  path: string,
  words: readonly unknown[],
  onTrouble: (error: OsError) => void = ({ code }) => {
    throw new Error(code);
  },
): Conversation[] {
  const conversations: Conversation[] = [];
  world.unix.connect(path, {}, (outcome) => {
    if (!outcome.ok) {
      onTrouble(outcome.error);
      return;
    }
    const conversation = converse(outcome.value, () => undefined);
    for (const word of words) conversation.say(word);
    conversations.push(conversation);
  });
  return conversations;
}

type OnMessage = (message: Message, conversation: Conversation) => void;

/** Records the peer's messages. */
export function converse(connection: Connection, onMessage: OnMessage): Conversation {
  const messages: Message[] = [];
  const parser = new FrameParser();
  const conversation: Conversation = {
    connection,
    messages,
    isOver: false,
    say: (message) => {
      const frame = encodeFrame(message);
      if (frame.ok) connection.send(frame.value);
    },
  };
  connection.start({
    onData: (bytes) => {
      const { bodies, trouble } = parser.push(bytes);
      if (trouble !== undefined) throw new Error(trouble);
      for (const body of bodies) {
        const message = decodeFrame(Uint8Array.of(0, 0, 0, 0, ...body)) as Message;
        messages.push(message);
        onMessage(message, conversation);
      }
    },
    onClose: () => {
      conversation.isOver = true;
    },
  });
  return conversation;
}

/** The global registry's directory, as root creates it. */
export function makeGlobalDirectory(root: World, mode = 0o755): void {
  must(root.files.makeDirectory('/run/lttng-ts', mode));
}

/** Log lines of one process. */
export function logOf(simulation: Simulation, pid: number): string[] {
  return simulation.log
    .filter((record) => record.pid === pid)
    .map(({ event, fields }) => `${levelOf(event)}: ${event} ${JSON.stringify(fields)}`);
}

/** Asserts that no machine ignored an event and no program threw. */
export function troubleOf({ simulation, registries }: Lab, apps: readonly App[] = []): unknown[] {
  const ignored = [...registries, ...apps.map(({ system }) => system)].filter(
    (system) => system.counts().unhandled > 0,
  );
  return [...simulation.violations, ...ignored.map((system) => system.counts().unhandled)];
}
