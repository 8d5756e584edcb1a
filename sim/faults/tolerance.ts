/**
 * Which laws hold while things go wrong. Faults excuse as little as possible: each excuse is one function here, and
 * what
 * they may leave behind is a named allowance with its reason. Everything else is a finding, faults or not.
 */

import { GONE_MS_MAX } from '../../actors/library/registration/context.ts';
import { NS_PER_MS } from '../../src/base/time.ts';
import type { CommandAccount, Ledger } from '../ledger/ledger.ts';
import type { SessionAccount } from '../ledger/sessions.ts';
import type { SimProcess, Simulation } from '../machine/simulation.ts';
import { type Mercy, NO_MERCY } from '../oracles/tolerance.ts';
import type { Healing } from './fault-hit.ts';
import type { Injector } from './inject.ts';

/** An application looks each second, and one that comes back in between is told. */
const LINGER_MS_MAX = GONE_MS_MAX + 500;
/** A registry that has begun looks for what others left within this. */
const SWEPT_NS_MAX = 100 * NS_PER_MS;

/** Faults that kill. */
export const DEADLY: ReadonlySet<string> = new Set([
  'kill',
  'kill-at-time',
  'kill-at-load',
  'kill-at-store',
  'kill-under',
  'torn-write',
  'half-open',
  'kill-for-good',
]);
/** Hits on a process after which nobody can say what it had still in hand. */
const ENDING: ReadonlySet<string> = new Set([...DEADLY, 'stop-for-good']);

/** After these, on a registry, a record may not have been read. */
const UNREAD = /^(files\.(open|read|byteLength|list) |disk-error|descriptors-full)/;

/** After these a record may not be on the disk. */
const FORGETTING = /^(files\.|disk-error|mode-lost|descriptors-full|power-cut)/;

/** Its user was told that a registry that is killed now takes this along. */
function isToldUnwritten({ results }: CommandAccount): boolean {
  return results.some((result) => result.kind === 'reply' && result.value.unwritten !== undefined);
}

/** Whether a registry died before it could note itself for the next one. */
export function hasUnnoted(simulation: Simulation): boolean {
  const unnoted = new Set<string>();
  for (const { who, message } of simulation.log) {
    if (message === 'Cannot write into a lock') unnoted.add(who);
    if (message === 'The note is in the lock') unnoted.delete(who);
  }
  return simulation.processes().some(({ label, isAlive }) => !isAlive && unnoted.has(label));
}

/**
 * Whether, when a registry began, the id of a dead one of its user was that of another process: what the dead one had
 * made and not written down may be that one's, and stays until the next registry.
 */
export function hasShielded(simulation: Simulation): boolean {
  const processes = simulation.processes();
  const registries = processes.filter(({ program }) => program === 'lttng-sessiond');
  return registries.some((next) =>
    registries.some(
      (dead) =>
        dead.uid === next.uid &&
        (dead.endedAt ?? Infinity) <= next.startedAt &&
        processes.some(
          ({ pid, label, startedAt, endedAt = Infinity }) =>
            pid === dead.pid &&
            label !== dead.label &&
            label !== next.label &&
            startedAt <= next.startedAt + SWEPT_NS_MAX &&
            endedAt >= next.startedAt,
        ),
    ),
  );
}

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
    harms.flatMap(({ label, who }) => (who !== undefined && ENDING.has(label) ? [who] : [])),
  );
  const hasLost = harms.some(({ label }) => label === 'memory-removed');
  const isUnreachable =
    hasLost || harms.some(({ label }) => label === 'memory-full' || label === 'mode-lost');
  // Whoever lives comes back to the next one in time: see `servedBy`.
  const isOfRegistries = injector.killsRegistriesAlone && simulation.quirks.length === 0;
  const isDiskBroken = harms.some(({ label }) => label === 'disk-error');
  const wasUnread = harms.some(
    ({ label, who }) =>
      UNREAD.test(label) &&
      processes.some((process) => process.label === who && process.program === 'lttng-sessiond'),
  );
  const wasKept = harms.some(
    ({ label }) => label.startsWith('files.remove ') || label === 'mode-lost',
  );
  const isRegistryOf = ({ scope, uid }: SessionAccount, who: string | undefined): boolean =>
    processes.some(
      (process) =>
        process.label === who &&
        process.program === 'lttng-sessiond' &&
        process.uid === (scope === 'global' ? 0 : uid),
    );

  const isKilledOf = (program: string, isIts: (process: SimProcess) => boolean): boolean =>
    processes.some((each) => each.program === program && killed.has(each.label) && isIts(each));
  /** Its registry said that a kill would make it forget, and was killed; and no consumer was left that knew of it. */
  const isForgotten = (session: SessionAccount): boolean =>
    simulation.log.some(
      ({ message, who }) =>
        message.startsWith('Cannot write a record') && isRegistryOf(session, who),
    ) &&
    isKilledOf('lttng-sessiond', ({ label }) => isRegistryOf(session, label)) &&
    (session.isFlightRecorder || isKilledOf('ust-consumerd', ({ uid }) => uid === session.uid));

  /** Its user was told that the answer is not on the disk, and the registry was killed: the next one undoes it. */
  const isUndone = (session: SessionAccount): boolean =>
    commands.some(({ results }) =>
      results.some(
        (result) =>
          result.kind === 'reply' &&
          result.value.unwritten !== undefined &&
          result.value.session?.uuid === session.uuid,
      ),
    ) && isKilledOf('lttng-sessiond', ({ label }) => isRegistryOf(session, label));

  return {
    until: healedAt,
    mayFail: ({ who }) => !probes.has(who),
    certainUntil: (session) =>
      hasLost || injector.isPowerCut || isForgotten(session)
        ? Number.NEGATIVE_INFINITY
        : session.doubtfulFrom,
    mayMiss: (session, { who }) =>
      !isOfRegistries &&
      (isUnreachable || harms.some((harm) => harm.who === who || isRegistryOf(session, harm.who))),
    lingersFor: (session) => {
      if (isUndone(session)) return Number.POSITIVE_INFINITY;
      return harms.some(({ who }) => isRegistryOf(session, who)) ? LINGER_MS_MAX * NS_PER_MS : 0;
    },
    losesPeers: true,
    isForgetful:
      harms.some(({ label }) => FORGETTING.test(label)) ||
      (harms.some(({ label }) => label === 'disk-full') && commands.some(isToldUnwritten)),
    isSecretive: commands.some(({ steps, results }) =>
      steps.some(({ operation }, index) => {
        const result = results[index];
        const isAnswered = result?.kind === 'reply';
        return operation?.op === 'session.create' && !isAnswered;
      }),
    ),
    isKilled: (who) => killed.has(who) || injector.isPowerCut,
    leftover: (kind) => {
      if (injector.isPowerCut) return 'power-cut';
      if ((kind === 'segment' || kind === 'pipe') && wasUnread) return 'what-could-not-be-read';
      if (kind === 'segment' && hasUnnoted(simulation)) return 'what-was-not-written-down';
      if (kind === 'segment' && hasShielded(simulation)) return 'what-may-be-anothers';
      if (kind === 'snapshot' && isDiskBroken) return 'what-could-not-be-removed';
      return (kind === 'pipe' || kind === 'snapshot') && wasKept
        ? 'what-could-not-be-removed'
        : undefined;
    },
  };
}
