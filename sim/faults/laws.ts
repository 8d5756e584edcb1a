/**
 * Which laws hold while things go wrong. Faults excuse as little as possible: each excuse is one function here, and what
 * a kill -9 leaves behind is a named allowance with its reason. Everything else is a finding, faults or not.
 */
import type { CommandAccount, Ledger, SessionAccount, ThreadAccount } from '../ledger.ts';
import type { SimProcess, Simulation } from '../world/machine.ts';
import type { Healing } from './healing.ts';
import type { Harm, Injector } from './inject.ts';

/** What oracles may forgive in a run; {@link NO_MERCY} when there are no faults. */
export interface Mercy {
  /** Nothing that begins after this, nanoseconds, takes longer than usual; -1: nothing does. */
  readonly until: number;
  /** The command may fail: its session or its registry may be gone. */
  mayFail(command: CommandAccount): boolean;
  /** What is emitted into the session before this is recorded as if nothing had happened; after it, perhaps. */
  certainUntil(session: SessionAccount): number;
  /** A packet may come twice, in two files: its consumer was killed between writing and passing it. */
  mayRepeat(session: SessionAccount): boolean;
  /** The thread may have come late to the session, or never. */
  mayMiss(session: SessionAccount, thread: ThreadAccount): boolean;
  /** Nobody can know of all sessions: a command that made one was never answered. */
  readonly isSecretive: boolean;
  /** A process that ends without an end of its own, in the middle of anything. */
  isKilled(pid: number): boolean;
  /** Why something may stay behind; undefined: it may not. */
  leftover(what: Leftover): Allowance | undefined;
}

export interface Leftover {
  readonly kind: 'segment' | 'socket' | 'pipe';
  readonly path?: string;
  readonly creatorPid?: number;
}

/** What a kill -9 necessarily leaves, until registries recover what they had (each goes away with that). */
export type Allowance =
  /** Nobody else knows the segments' numbers: they stay until somebody removes them. */
  | 'segments-of-a-killed-registry'
  /** Its wake-up pipes lie in its directory; the next registry does not know them. */
  | 'pipes-of-a-killed-registry'
  /** Nobody listens any more; the next registry that starts there replaces it. */
  | 'sockets-of-a-killed-registry'
  /** The file system refused to; it is tried once and logged. */
  | 'what-could-not-be-removed'
  /** Nobody was there any more to remove anything. */
  | 'power-cut';

export const NO_MERCY: Mercy = {
  until: -1,
  mayFail: () => false,
  certainUntil: () => Number.POSITIVE_INFINITY,
  mayRepeat: () => false,
  mayMiss: () => false,
  isSecretive: false,
  isKilled: () => false,
  leftover: () => undefined,
};

/** Hits on a process after which nobody can say what it had still in hand. */
const ENDING = new Set(['kill', 'kill-at-load', 'torn-write', 'half-open']);
/** Hits on a consumer that cost it a stream, or its registry. */
const COSTLY = /^(memory\.attach|files\.makeDirectory|disk-error)/;

/** What the harms of a run excuse, from now on: `healedAt` is when they ended. */
export function mercyFor(
  injector: Injector,
  simulation: Simulation,
  { commands }: Ledger,
  { healedAt, probes }: Healing,
): Mercy {
  const harms = injector.harms();
  if (harms.length === 0) return NO_MERCY;
  const processes = simulation.processes();
  const killed = new Set(
    harms.flatMap(({ label, pid }) => (pid !== undefined && ENDING.has(label) ? [pid] : [])),
  );
  const on = (process: SimProcess | undefined): Harm[] =>
    process === undefined ? [] : harms.filter(({ pid }) => pid === process.pid);
  const consumersOf = ({ uuid }: SessionAccount): SimProcess[] =>
    processes.filter(
      ({ program, spec }) => program === 'ust-consumerd' && spec.args.includes(uuid),
    );
  const isUnreachable = harms.some(({ label }) => label === 'memory-full' || label === 'mode-lost');
  const wasKept = harms.some(
    ({ label }) => label.startsWith('files.remove ') || label === 'mode-lost',
  );

  return {
    until: healedAt,
    mayFail: ({ pid }) => !probes.has(pid),
    certainUntil: (session) => {
      const consumers = consumersOf(session);
      const registry = processes.find(({ pid }) => pid === session.registryPid);
      const isCostly = consumers.some(
        (consumer) =>
          killed.has(consumer.pid) || on(consumer).some(({ label }) => COSTLY.test(label)),
      );
      if (isCostly || injector.isPowerCut) return Number.NEGATIVE_INFINITY;
      const losses = [registry, ...consumers].flatMap((process) =>
        on(process).filter(({ label }) => ENDING.has(label) || label === 'reset'),
      );
      return Math.min(session.doubtfulFrom, ...losses.map(({ at }) => at));
    },
    mayRepeat: (session) => consumersOf(session).some(({ pid }) => killed.has(pid)),
    mayMiss: ({ registryPid }, { pid }) =>
      isUnreachable || harms.some((harm) => harm.pid === pid || harm.pid === registryPid),
    isSecretive: commands.some(({ steps, results }) =>
      steps.some(({ operation }, index) => {
        const result = results[index];
        const isAnswered = result?.kind === 'reply';
        return operation?.op === 'session.create' && !isAnswered;
      }),
    ),
    isKilled: (pid) => killed.has(pid) || injector.isPowerCut,
    leftover: ({ kind, path, creatorPid }) => {
      if (injector.isPowerCut) return 'power-cut';
      const isOfKilled =
        creatorPid === undefined
          ? killed.size > 0 && isInKilledRegistrysPlace(path)
          : killed.has(creatorPid);
      if (!isOfKilled && kind === 'pipe' && wasKept) return 'what-could-not-be-removed';
      if (!isOfKilled) return undefined;
      if (kind === 'segment') return 'segments-of-a-killed-registry';
      return kind === 'pipe' ? 'pipes-of-a-killed-registry' : 'sockets-of-a-killed-registry';
    },
  };

  function isInKilledRegistrysPlace(path: string | undefined): boolean {
    return processes.some(
      ({ program, pid, spec }) =>
        program === 'lttng-sessiond' &&
        killed.has(pid) &&
        path?.startsWith(
          spec.uid === 0 ? '/run/lttng-ts/' : `/home/${spec.userName}/.lttng-ts/`,
        ) === true,
    );
  }
}
