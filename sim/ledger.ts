/**
 * What really happened, written down by those who did it: the events of traced threads and the commands of users.
 * Oracles hold traces against it. It is plain data, whoever wrote it: the simulator or a test with real processes.
 */

import type { ClientErrorCode, StepResult } from '../actors/client/plan.ts';
import type { RegistryScope } from '../actors/programs/places.ts';
import type { Operation } from '../src/wire/control/messages.ts';

/** One call of a tracepoint. Times are nanoseconds of the machine's clock. */
export interface Emission {
  readonly counter: number;
  readonly name: string;
  readonly text: string;
  /** The tracepoint was recording when it was called. */
  readonly isEnabled: boolean;
  readonly at: number;
  /** The call came back; false when the process was killed inside it. */
  isDone: boolean;
}

export interface ThreadAccount {
  readonly pid: number;
  readonly uid: number;
  /** The session it was started for (R1.17). */
  readonly sessionUuid: string | undefined;
  readonly startedAt: number;
  /** When the library had got as far as it could; undefined: never. */
  settledAt: number | undefined;
  readonly emissions: Emission[];
}

/** One step of a command: asked, and answered. */
export interface StepAccount {
  readonly operation: Operation | undefined;
  readonly askedAt: number;
  answeredAt: number | undefined;
}

/** One run of `lttng`. */
export interface CommandAccount {
  readonly pid: number;
  readonly user: string;
  readonly uid: number;
  readonly startedAt: number;
  readonly steps: StepAccount[];
  doneAt: number | undefined;
  results: readonly StepResult[];
  /** The registry that served it. */
  scope: RegistryScope | undefined;
  registryPid: number | undefined;
  /** With one of these codes it has to fail; undefined: not at all. */
  readonly expected: readonly ClientErrorCode[] | undefined;
}

/** A registry that served. */
export interface RegistryAccount {
  readonly pid: number;
  readonly scope: RegistryScope;
  readonly uid: number;
  readonly readyAt: number;
}

export interface Ledger {
  readonly threads: ThreadAccount[];
  readonly commands: CommandAccount[];
  readonly registries: RegistryAccount[];
}

/** When a session recorded: bounds of what must and what can be in its trace. */
export interface RecordingWindow {
  readonly askedAt: number;
  readonly activeAt: number;
  /** Infinity: nobody asked for the end, or was answered. */
  readonly endAskedAt: number;
  readonly endedAt: number;
}

/** A session as its user's commands tell it. */
export interface SessionAccount {
  readonly name: string;
  readonly uuid: string;
  readonly user: string;
  readonly uid: number;
  readonly scope: RegistryScope;
  readonly registryPid: number | undefined;
  readonly output: string;
  /** From here on nobody knows: a command on it was asked for and never answered. Infinity: one knows. */
  readonly doubtfulFrom: number;
  readonly isOverwriting: boolean;
  /** Names that its rules record. */
  readonly patterns: readonly string[];
  /** Whether its rules are for applications that were started for it alone. */
  readonly isForSpawned: boolean;
  readonly windows: readonly RecordingWindow[];
}

/** Where somebody asked for a trace. */
export interface OutputAccount {
  readonly output: string;
  readonly user: string;
  readonly uid: number;
}

/** The directories of all sessions that were asked for. */
export function outputsIn({ commands }: Ledger): OutputAccount[] {
  return commands.flatMap(({ user, uid, steps }) =>
    steps.flatMap(({ operation }) =>
      operation?.op === 'session.create' ? [{ output: operation.output, user, uid }] : [],
    ),
  );
}

const NEVER = Number.POSITIVE_INFINITY;

/** The sessions that were made, from the commands of their users. */
export function sessionsIn({ commands }: Ledger): SessionAccount[] {
  const sessions: SessionAccount[] = [];
  for (const { user, uid, steps, results, scope = 'user', registryPid } of commands) {
    for (const [index, { operation, askedAt, answeredAt = NEVER }] of steps.entries()) {
      const result = results[index];
      const info = result?.kind === 'reply' ? result.value.session : undefined;
      if (operation === undefined) continue;
      if (info === undefined) {
        if (!isUnanswered(result)) continue;
        const doubted = sessions.findIndex((other) => isMeant(other, operation, uid));
        const session = sessions[doubted];
        if (session !== undefined) sessions[doubted] = doubting(session, operation, askedAt);
        continue;
      }
      const { name, uuid, output } = info;
      const at = sessions.findIndex((other) => other.uuid === uuid);
      if (operation.op === 'session.create') {
        const fresh = {
          registryPid,
          doubtfulFrom: NEVER,
          isOverwriting: false,
          patterns: [],
          isForSpawned: false,
          windows: [],
        };
        sessions.push({ name, uuid, user, uid, scope, output, ...fresh });
        continue;
      }
      const session = sessions[at];
      if (session !== undefined) sessions[at] = after(session, operation, askedAt, answeredAt);
    }
  }
  return sessions;
}

/** Nobody knows whether it was carried out. */
function isUnanswered(result: StepResult | undefined): boolean {
  return (
    result === undefined ||
    (result.kind === 'failure' &&
      ['REGISTRY_LOST', 'NO_ANSWER', 'INTERRUPTED'].includes(result.code))
  );
}

function isMeant(session: SessionAccount, operation: Operation, uid: number): boolean {
  if (!('session' in operation)) return false;
  const { uuid, name } = session;
  return operation.session === uuid || (operation.session === name && session.uid === uid);
}

/** The session after a command on it that was perhaps carried out. */
function doubting(session: SessionAccount, operation: Operation, askedAt: number): SessionAccount {
  const { windows, doubtfulFrom } = session;
  const perhaps = { askedAt, activeAt: NEVER, endAskedAt: NEVER, endedAt: NEVER };
  return {
    ...session,
    doubtfulFrom: Math.min(doubtfulFrom, askedAt),
    windows: operation.op === 'session.start' ? [...windows, perhaps] : windows,
  };
}

/** The session after a command on it that was carried out. */
function after(
  session: SessionAccount,
  operation: Operation,
  askedAt: number,
  answeredAt: number,
): SessionAccount {
  const { windows } = session;
  switch (operation.op) {
    case 'channel.add':
      return {
        ...session,
        isOverwriting: session.isOverwriting || operation.channel.shape.overwrite,
      };
    case 'event.enable':
      return {
        ...session,
        patterns: [...session.patterns, ...operation.patterns],
        isForSpawned: operation.target.kind === 'spawned',
      };
    case 'session.start': {
      const opened = { askedAt, activeAt: answeredAt, endAskedAt: NEVER, endedAt: NEVER };
      return { ...session, windows: [...windows, opened] };
    }
    case 'session.stop':
    case 'session.destroy':
      return {
        ...session,
        windows: windows.map((window) =>
          window.endAskedAt === NEVER
            ? { ...window, endAskedAt: askedAt, endedAt: answeredAt }
            : window,
        ),
      };
    default:
      return session;
  }
}

/** Whether the session's rules are for this thread, and its registry may trace it. */
export function concerns(session: SessionAccount, thread: ThreadAccount): boolean {
  const isReachable = session.scope === 'global' || session.uid === thread.uid;
  return isReachable && (!session.isForSpawned || thread.sessionUuid === session.uuid);
}
