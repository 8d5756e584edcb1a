/**
 * Which laws hold in runs with faults. Faults excuse as little as possible: each excuse is one method here, and each
 * allowed leftover is a named allowance with its reason. Everything else is a finding, with or without faults.
 */

import { GONE_MS_MAX } from '../../actors/library/registration/context.ts';
import { NS_PER_MS } from '../../src/base/time.ts';
import { CONSUMERD_EXIT } from '../../src/wire/exit-status.ts';
import { isConsumer } from '../input/kernel.ts';
import type { CommandAccount, Ledger, ThreadAccount } from '../ledger/ledger.ts';
import type { SessionAccount } from '../ledger/sessions.ts';
import type { SimProcess, Simulation } from '../machine/simulation.ts';
import {
  type Allowance,
  NO_TOLERANCE,
  networkTolerance,
  type Tolerance,
} from '../oracles/tolerance.ts';
import type { FaultHit, Healing } from './fault-hit.ts';
import type { Injector } from './inject.ts';

/** An application retries each second, and the registry wakes applications that wait. */
const LINGER_MS_MAX = GONE_MS_MAX + 500;

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
/** Hits on a process after which its unfinished work is unknown. */
const ENDING: ReadonlySet<string> = new Set([...DEADLY, 'stop-for-good']);

/** Faults after which threads have no buffers. */
const LACKING: ReadonlySet<string> = new Set(['memory-full', 'other-namespace']);

/** After these, on a registry, a record may not have been read. */
const UNREAD = /^(files\.(open|read|byteLength|list) |disk-error|descriptors-full)/;

/** After these a record may not be on the disk. */
const FORGETTING = /^(files\.|disk-error|mode-lost|descriptors-full|power-cut)/;

/** Its user received the answer that a kill of the registry loses the change now, or that the disk refuses writes. */
function isToldUnwritten({ results }: CommandAccount): boolean {
  return results.some((result) =>
    result.kind === 'reply'
      ? result.value.unwritten !== undefined
      : result.kind === 'failure' && result.code === 'NOT_WRITTEN',
  );
}

/** Whether a registry died before it could write its owner line for the next one. */
export function hasUnnoted(simulation: Simulation): boolean {
  const unnoted = new Set<string>();
  for (const { who, event } of simulation.log) {
    if (event === 'lock.ownerNotWritten') unnoted.add(who);
    if (event === 'lock.ownerWritten') unnoted.delete(who);
  }
  return simulation.processes().some(({ label, isAlive }) => !isAlive && unnoted.has(label));
}

/**
 * The tolerance for the faults that hit a run. `networkHealedAt`: nanoseconds; undefined: its network has no faults.
 */
export function toleranceFor(
  injector: Injector,
  simulation: Simulation,
  ledger: Ledger,
  healing: Healing,
  networkHealedAt?: number,
): Tolerance {
  const ofNetwork =
    networkHealedAt === undefined ? NO_TOLERANCE : networkTolerance(networkHealedAt);
  const isUntouched = injector.hits().length === 0;
  return isUntouched
    ? ofNetwork
    : new FaultTolerance(injector, simulation, ledger, healing, ofNetwork);
}

/** How a consumer exits that was alone: its session has got another one, or has also ended with that one. */
const LEAVING = new Set<number | undefined>([
  CONSUMERD_EXIT.hasAnother,
  CONSUMERD_EXIT.notAttached,
]);

class FaultTolerance implements Tolerance {
  readonly until: number;
  readonly lacksMemoryAlone: boolean;
  readonly losesPeers = true;
  readonly mayRepeat: boolean;
  readonly mayOvercount: boolean;
  readonly isForgetful: boolean;
  readonly isSecretive: boolean;
  readonly #simulation: Simulation;
  readonly #commands: readonly CommandAccount[];
  /** Labels of commands that no fault excuses. */
  readonly #probes: ReadonlySet<string>;
  readonly #hits: readonly FaultHit[];
  /** Processes that were killed or stopped for good. */
  readonly #killed: ReadonlySet<string>;
  readonly #isPowerCut: boolean;
  /** Only registries were hit, and no other process reconnected late to the next one: see `servedBy`. */
  readonly #isOfRegistries: boolean;

  constructor(
    injector: Injector,
    simulation: Simulation,
    { commands }: Ledger,
    { healedAt, probes }: Healing,
    ofNetwork: Tolerance,
  ) {
    const hits = injector.hits();
    this.#simulation = simulation;
    this.#commands = commands;
    this.#probes = probes;
    this.#hits = hits;
    this.#killed = new Set(
      hits.flatMap(({ label, who }) => (who !== undefined && ENDING.has(label) ? [who] : [])),
    );
    this.#isPowerCut = injector.isPowerCut;
    this.#isOfRegistries = injector.killsRegistriesAlone && simulation.quirks.length === 0;
    this.until = Math.max(healedAt, ofNetwork.until);
    // A relay may have stored what it had not acknowledged to a consumer before another one took over.
    this.mayRepeat = ofNetwork.mayRepeat || this.#haveConsumersChanged();
    this.mayOvercount = this.#wasHit('files-spoiled') && this.#haveConsumersChanged();
    this.lacksMemoryAlone = hits.every(({ label }) => LACKING.has(label));
    this.isForgetful =
      hits.some(({ label }) => FORGETTING.test(label)) ||
      (this.#wasHit('disk-full') && commands.some(isToldUnwritten));
    this.isSecretive = commands.some(({ steps, results }) =>
      steps.some(
        ({ operation }, index) =>
          operation?.op === 'session.create' && results[index]?.kind !== 'reply',
      ),
    );
  }

  mayFail({ who, startedAt }: CommandAccount): boolean {
    // Scripts of several hosts go on after healing, and then meet no trouble any more.
    const isOver = this.#simulation.name !== undefined && startedAt > this.until;
    return !isOver && !this.#probes.has(who);
  }

  certainUntil(session: SessionAccount): number {
    const isUncertain =
      this.#wasHit('memory-removed') || this.#isPowerCut || this.#isForgotten(session);
    return isUncertain ? Number.NEGATIVE_INFINITY : session.doubtfulFrom;
  }

  mayMiss(session: SessionAccount, { who }: ThreadAccount): boolean {
    if (this.#isOfRegistries) return false;
    const isUnreachable = this.#wasHit(
      'memory-removed',
      'memory-full',
      'mode-lost',
      'files-spoiled',
    );
    return (
      isUnreachable ||
      this.#hits.some((hit) => hit.who === who || this.#isRegistryOf(session, hit.who))
    );
  }

  lingersFor(session: SessionAccount): number {
    if (this.isUndone(session)) return Number.POSITIVE_INFINITY;
    const wasHit = this.#hits.some(({ who }) => this.#isRegistryOf(session, who));
    return wasHit ? LINGER_MS_MAX * NS_PER_MS : 0;
  }

  /** Its user received the answer that the change is not on the disk, and the registry was killed: it is undone. */
  isUndone(session: SessionAccount): boolean {
    const isUnwritten = this.#commands.some(({ results }) =>
      results.some(
        (result) =>
          result.kind === 'reply' &&
          result.value.unwritten !== undefined &&
          result.value.session?.uuid === session.uuid,
      ),
    );
    return isUnwritten && this.#wasRegistryKilled(session);
  }

  isKilled(who: string): boolean {
    return this.#killed.has(who) || this.#isPowerCut;
  }

  leftover(kind: 'segment' | 'socket' | 'pipe' | 'snapshot'): Allowance | undefined {
    const simulation = this.#simulation;
    if (this.#isPowerCut) return 'power-cut';
    if ((kind === 'segment' || kind === 'pipe') && this.#wasUnread()) {
      return 'what-could-not-be-read';
    }
    if (kind === 'segment' && hasUnnoted(simulation)) return 'what-was-not-written-down';
    if (kind === 'snapshot' && this.#wasHit('disk-error')) return 'what-could-not-be-removed';
    const wasKept =
      this.#wasHit('mode-lost') ||
      this.#hits.some(({ label }) => label.startsWith('files.remove '));
    return (kind === 'pipe' || kind === 'snapshot') && wasKept
      ? 'what-could-not-be-removed'
      : undefined;
  }

  #wasHit(...labels: readonly string[]): boolean {
    return this.#hits.some(({ label }) => labels.includes(label));
  }

  /** A registry may not have read a record. */
  #wasUnread(): boolean {
    const processes = this.#simulation.processes();
    return this.#hits.some(
      ({ label, who }) =>
        UNREAD.test(label) &&
        processes.some((process) => process.label === who && process.program === 'lttng-sessiond'),
    );
  }

  #isRegistryOf({ scope, uid }: SessionAccount, who: string | undefined): boolean {
    return this.#simulation
      .processes()
      .some(
        (process) =>
          process.label === who &&
          process.program === 'lttng-sessiond' &&
          process.uid === (scope === 'global' ? 0 : uid),
      );
  }

  #wasKilled(program: string, isMeant: (process: SimProcess) => boolean): boolean {
    return this.#simulation
      .processes()
      .some((each) => each.program === program && this.#killed.has(each.label) && isMeant(each));
  }

  /** A consumer was killed, or left because another one had the session. */
  #haveConsumersChanged(): boolean {
    const hasLeft = this.#simulation
      .processes()
      .some(({ program, exit }) => isConsumer(program) && LEAVING.has(exit?.code));
    return hasLeft || this.#wasKilled('ust-consumerd', () => true);
  }

  #wasRegistryKilled(session: SessionAccount): boolean {
    return this.#wasKilled('lttng-sessiond', ({ label }) => this.#isRegistryOf(session, label));
  }

  /** Its registry answered that a kill would lose the change, and was killed; and no consumer that knew it was left. */
  #isForgotten(session: SessionAccount): boolean {
    return (
      this.#simulation.log.some(
        ({ event, who }) => event === 'record.writeFailed' && this.#isRegistryOf(session, who),
      ) &&
      this.#wasRegistryKilled(session) &&
      (session.isFlightRecorder || this.#wasConsumerAway(session))
    );
  }

  /** The session's consumer was killed, or lost the connection over which it learns of streams. */
  #wasConsumerAway({ uid }: SessionAccount): boolean {
    const wasReset = ({ label: process }: SimProcess): boolean =>
      this.#hits.some(({ label, who }) => label === 'reset' && who === process);
    return this.#simulation
      .processes()
      .some(
        (each) =>
          each.program === 'ust-consumerd' &&
          each.uid === uid &&
          (this.#killed.has(each.label) || wasReset(each)),
      );
  }
}
