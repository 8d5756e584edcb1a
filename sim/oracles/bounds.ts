/**
 * Bounds: what programs hold follows from who is there, at every moment that is looked at: actors, descriptors, timers
 * and whatever else a process has, connections of peers that are gone, gifts, buffers that nobody writes into any more,
 * and bytes that wait to be sent.
 */

import { APPLY_MS_MAX, ENDED_STREAMS_MAX } from '../../actors/sessiond/limits.ts';
import { NS_PER_MS } from '../../src/base/time.ts';
import { SESSIOND_EXIT } from '../../src/wire/exit-status.ts';
import { FRAME_BYTES_MAX, SEND_QUEUE_BYTES_MAX } from '../../src/wire/limits.ts';
import { channelsFor } from '../ledger/eligibility.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Actors } from '../ledger/run-context.ts';
import { isUnanswered, sessionsIn } from '../ledger/sessions.ts';
import type { Segment, SimProcess, Simulation } from '../machine/simulation.ts';
import { checkConsumers } from './consumers.ts';
import { type Finding, finder } from './finding.ts';

const bounds = finder('bounds');

/** Who ended less than this ago may still be in somebody's books, milliseconds. */
const NEWS_MS = 50;
/** Buffers of an application that is gone are read to their end, and removed, within this, milliseconds. */
const RELEASE_MS = 20;
/** Whom a killed registry had is with the next one, or seen to be gone, so long after it serves. */
const RETURN_MS_MAX = 1000;
/** Standard streams, and what the runtime keeps open. */
const DESCRIPTORS_AT_START = 20;
/** Timers, attachments and children, beside descriptors, that a process has by itself, and for each peer or stream. */
const HELD_BY_ITSELF = 16;
const HELD_FOR_EACH = 8;
/** The root of an actor system; an actor for each registry, of the user and global, that an application has. */
const ACTORS_BY_ITSELF = 1;
const REGISTRIES_OF_AN_APPLICATION = 2;
/** Who has to let go of peers. */
const OURS = new Set(['lttng', 'lttng-sessiond', 'ust-consumerd', 'application']);
const SEGMENTS_OF_A_STREAM = 2;
const ENDING_MAX = 4;
/** Bytes that wait for one peer when everybody reads. */
const CALM_QUEUE_BYTES_MAX = FRAME_BYTES_MAX;

/** The most there was at any time, over all processes; of shared memory, at the moments that were looked at. */
export interface Peaks {
  /** Bytes that waited for one peer. */
  readonly queuedBytes: number;
  /** Descriptors, timers, attachments and children of one process. */
  readonly held: number;
  /** Actors of one process, at the moments that were looked at. */
  readonly actors: number;
  readonly segments: number;
  readonly segmentBytes: number;
}

interface BoundsOptions {
  readonly ledger: Ledger;
  readonly systems: ReadonlyMap<string, Actors>;
  readonly isCalm: boolean;
  /** Registries die: what threads leave then, the next ones look after. */
  readonly losesRegistries: boolean;
  readonly keepsBuffers: boolean;
  /** Somebody follows no state: commands wait as long as they may. */
  readonly isHeldUp: boolean;
  /** Somebody does not read what it asked for. */
  readonly leavesAnswersUnread: boolean;
  /** Somebody removes segments, as with ipcrm(1). */
  readonly isMemoryTaken: boolean;
}

export class Bounds {
  readonly #simulation: Simulation;
  readonly #ledger: Ledger;
  readonly #systems: ReadonlyMap<string, Actors>;
  /** Nobody is paused, slow or cut off: what is over is known to be. */
  readonly #isCalm: boolean;
  readonly #leavesAnswersUnread: boolean;
  /** Flight recorders keep what threads leave behind. */
  readonly #keepsBuffers: boolean;
  readonly #losesRegistries: boolean;
  readonly #releaseMs: number;
  /** Somebody removes segments, as with ipcrm(1). */
  readonly #isMemoryTaken: boolean;
  /** Since when a running application has had a removed segment, nanoseconds. */
  readonly #removed = new Map<number, number>();
  /** Since when a segment has been without a writer, nanoseconds. */
  readonly #abandoned = new Map<number, number>();
  #actors = 0;
  #segments = 0;
  #segmentBytes = 0;

  constructor(simulation: Simulation, options: BoundsOptions) {
    const { ledger, systems, isCalm, losesRegistries, keepsBuffers } = options;
    const { isHeldUp, leavesAnswersUnread, isMemoryTaken } = options;
    this.#simulation = simulation;
    this.#ledger = ledger;
    this.#systems = systems;
    this.#keepsBuffers = keepsBuffers;
    this.#isCalm = isCalm;
    this.#leavesAnswersUnread = leavesAnswersUnread;
    this.#isMemoryTaken = isMemoryTaken;
    this.#losesRegistries = losesRegistries;
    this.#releaseMs =
      RELEASE_MS + (isHeldUp ? APPLY_MS_MAX : 0) + (losesRegistries ? RETURN_MS_MAX : 0);
  }

  /** What is too much at this moment. */
  look(): Finding[] {
    const segments = this.#simulation.segments();
    this.#segments = Math.max(this.#segments, segments.length);
    const bytes = segments.reduce((sum, { byteLength }) => sum + byteLength, 0);
    this.#segmentBytes = Math.max(this.#segmentBytes, bytes);
    const processes = this.#simulation.processes();
    for (const each of processes) {
      if (each.isAlive) this.#actors = Math.max(this.#actors, this.#actorsOf(each));
    }
    const queueMax =
      this.#isCalm && !this.#leavesAnswersUnread
        ? CALM_QUEUE_BYTES_MAX
        : SEND_QUEUE_BYTES_MAX + FRAME_BYTES_MAX;
    const findings = processes
      .filter(({ pendingBytesPeak }) => pendingBytesPeak > queueMax)
      .map(({ label, pendingBytesPeak }) =>
        bounds(`${label} had ${pendingBytesPeak} bytes for one peer, more than ${queueMax}`),
      );
    findings.push(...this.#checkRemoved(segments, processes));
    if (!this.#isCalm) return findings;
    const population = this.#population(processes, segments.length);
    return [
      ...findings,
      ...processes
        .filter(({ isAlive }) => isAlive)
        .flatMap((each) => [
          ...checkHeld(each, population),
          ...this.#checkOrphaned(each),
          ...checkActors(each, this.#actorsOf(each), population),
        ]),
      ...checkConsumers(this.#simulation, this.#losesRegistries ? this.#servedSince() : 0),
      ...this.#checkGifts(),
      ...this.#checkSegments(segments.length),
      ...(this.#keepsBuffers
        ? this.#checkKept(segments, processes)
        : this.#checkAbandoned(segments, processes)),
    ];
  }

  peaks(): Peaks {
    const processes = this.#simulation.processes();
    const most = (of: (process: SimProcess) => number): number => Math.max(0, ...processes.map(of));
    return {
      queuedBytes: most(({ pendingBytesPeak }) => pendingBytesPeak),
      held: most(({ resourcesPeak }) => resourcesPeak),
      actors: this.#actors,
      segments: this.#segments,
      segmentBytes: this.#segmentBytes,
    };
  }

  #actorsOf({ label }: SimProcess): number {
    return this.#systems.get(label)?.counts().actors ?? 0;
  }

  #population(processes: readonly SimProcess[], segments: number): Population {
    const since = this.#simulation.now - NEWS_MS * NS_PER_MS;
    const those = (program: string): readonly SimProcess[] =>
      processes.filter(
        (each) => each.program === program && (each.endedAt === undefined || each.endedAt > since),
      );
    const count = (program: string): number => those(program).length;
    const { faultControls } = this.#simulation;
    const connections = those('hostile').map(({ pid }) => faultControls.connectionsOf(pid).length);
    return {
      // It may pose as one.
      applications: count('application') + count('hostile'),
      consumers: count('ust-consumerd'),
      // Whoever means harm has a connection, and perhaps a gift, or very many.
      clients:
        connections.reduce((sum, each) => sum + Math.max(2, each), count('lttng')) +
        this.#floodingConnections(),
      registries: count('lttng-sessiond'),
      sessions: this.#sessionsSince(since),
      segments,
    };
  }

  /** Sessions that there are, were a moment ago, or may be, since nobody heard what became of them. */
  #sessionsSince(since: number): number {
    let sessions = 0;
    // Several commands may wait for the end of one session, and each is told of it.
    const destroyed = new Set<string>();
    for (const { steps, results } of this.#ledger.commands) {
      for (const [index, { operation, answeredAt = Infinity }] of steps.entries()) {
        const result = results[index];
        const isThere = result?.kind === 'reply' || isUnanswered(result);
        if (operation?.op === 'session.create' && isThere) sessions++;
        const info = result?.kind === 'reply' ? result.value.session : undefined;
        if (operation?.op !== 'session.destroy' || info === undefined) continue;
        if (answeredAt < since) destroyed.add(info.uuid);
      }
    }
    return sessions - destroyed.size;
  }

  /** Memory that was removed is let go of by whoever recorded into it, also when there is no registry any more. */
  #checkRemoved(segments: readonly Segment[], processes: readonly SimProcess[]): Finding[] {
    const { now } = this.#simulation;
    const isRunning = (pid: number): boolean =>
      processes.some(
        (each) =>
          each.pid === pid && each.program === 'application' && each.isAlive && !each.isPaused,
      );
    const findings: Finding[] = [];
    for (const { id, isRemoved, attachments } of segments) {
      const holder = [...attachments].find(({ pid }) => isRunning(pid));
      if (!isRemoved || holder === undefined || this.#isMemoryTaken) {
        this.#removed.delete(id);
        continue;
      }
      const since = this.#removed.get(id) ?? now;
      this.#removed.set(id, since);
      if (now - since < RETURN_MS_MAX * NS_PER_MS) continue;
      findings.push(bounds(`application ${holder.pid} keeps segment ${id}, which was removed`));
    }
    return findings;
  }

  /** A program closes connections whose peer is gone. */
  #checkOrphaned({ pid, label, program }: SimProcess): Finding[] {
    if (!OURS.has(program)) return [];
    const before = this.#simulation.now - NEWS_MS * NS_PER_MS;
    const orphaned = this.#simulation.faultControls
      .connectionsOf(pid)
      .filter(({ orphanedAt = Number.POSITIVE_INFINITY }) => orphanedAt < before);
    if (orphaned.length === 0) return [];
    return [bounds(`${label} keeps ${orphaned.length} connections to peers that are gone`)];
  }

  /** Connections that connection floods want. */
  #floodingConnections(): number {
    return this.#ledger.hostiles.reduce(
      (sum, { attack }) => sum + (attack.kind === 'crowd' ? attack.connections : 0),
      0,
    );
  }

  #checkGifts(): Finding[] {
    // What a thread gave that was killed then stays for a while.
    const threads = this.#simulation.processes().filter(({ program }) => mayWrite(program));
    return this.#simulation
      .sockets()
      .filter(({ gifts }) => gifts > threads.length)
      .map(({ path, gifts }) =>
        bounds(`${gifts} gifts of ${threads.length} threads wait at ${path}`),
      );
  }

  /** There are buffers for who is to be recorded, and for nobody else (R1.18). */
  #checkSegments(count: number): Finding[] {
    const { threads, hostiles } = this.#ledger;
    // A killed registry may have left some, and who poses as an application gets some.
    if (this.#losesRegistries || hostiles.length > 0) return [];
    const streams = sessionsIn(this.#ledger).reduce(
      (sum, session) =>
        threads.reduce((more, thread) => more + channelsFor(session, thread).size, sum),
      0,
    );
    if (count <= SEGMENTS_OF_A_STREAM * streams) return [];
    return [bounds(`there are ${count} segments for ${streams} streams that somebody wanted`)];
  }

  /** Streams end with their threads, and their memory with them. */
  #checkAbandoned(segments: readonly Segment[], processes: readonly SimProcess[]): Finding[] {
    const { now } = this.#simulation;
    const alive = processes.filter(({ isAlive, program }) => isAlive && mayWrite(program));
    const writers = new Set(alive.map(({ pid }) => pid));
    const findings: Finding[] = [];
    const servedSince = this.#losesRegistries ? this.#servedSince() : 0;
    for (const { id, uid, attachments } of segments) {
      if ([...attachments].some(({ pid }) => writers.has(pid))) {
        this.#abandoned.delete(id);
        continue;
      }
      const since = Math.max(this.#abandoned.get(id) ?? now, servedSince);
      this.#abandoned.set(id, since);
      if (now - since > this.#releaseMs * NS_PER_MS) {
        findings.push(
          bounds(`segment ${id} of ${uid} is there, and nobody writes into it any more`),
        );
      }
    }
    return findings;
  }

  /** Flight recorders keep the streams of so many dead threads, and no more. */
  #checkKept(segments: readonly Segment[], processes: readonly SimProcess[]): Finding[] {
    const recorders = sessionsIn(this.#ledger).filter(({ isFlightRecorder }) => isFlightRecorder);
    if (recorders.length === 0) return [];
    const alive = new Set(processes.filter(({ isAlive }) => isAlive).map(({ pid }) => pid));
    const kept = segments.filter(({ attachments }) =>
      [...attachments].every(({ pid }) => !alive.has(pid)),
    );
    // Those that died just now are not counted among the dead yet.
    const keptMax = SEGMENTS_OF_A_STREAM * (ENDED_STREAMS_MAX * recorders.length + ENDING_MAX);
    if (kept.length <= keptMax) return [];
    return [bounds(`${kept.length} segments are kept of threads that have died`)];
  }

  /** Since when the registry serves that came last; now, when one is dead and none has come after it. */
  #servedSince(): number {
    const { now, log } = this.#simulation;
    const places = new Map<string, SimProcess>();
    for (const process of this.#simulation.processes()) {
      const { program, spec, exit } = process;
      const isOther = exit?.code === SESSIOND_EXIT.alreadyRunning;
      if (program === 'lttng-sessiond' && !isOther) places.set(spec.userName, process);
    }
    const readyAt = [...places.values()].map(({ label, isAlive }) => {
      const ready = log.find((line) => line.who === label && line.event === 'registry.ready');
      return isAlive ? (ready?.time ?? now) : now;
    });
    return Math.max(0, ...readyAt);
  }
}

/** Whoever means harm may pose as an application, and is then treated as one. */
function mayWrite(program: string): boolean {
  return program === 'application' || program === 'hostile';
}

interface Population {
  readonly applications: number;
  readonly consumers: number;
  readonly clients: number;
  readonly registries: number;
  readonly sessions: number;
  readonly segments: number;
}

function checkHeld(process: SimProcess, population: Population): Finding[] {
  const descriptorsMax = descriptorsFor(process, population);
  if (descriptorsMax === undefined) return [];
  const { label, resources } = process;
  const descriptors = process.descriptors - DESCRIPTORS_AT_START;
  const { applications, consumers, clients, segments } = population;
  const peers = applications + consumers + clients + segments;
  const heldMax = HELD_BY_ITSELF + HELD_FOR_EACH * peers;
  return [
    ...(descriptors > descriptorsMax
      ? [bounds(`${label} has ${descriptors} descriptors, more than ${descriptorsMax}`)]
      : []),
    ...(resources.size > heldMax
      ? [bounds(`${label} holds ${resources.size} things, more than ${heldMax}`)]
      : []),
  ];
}

function checkActors({ program, label }: SimProcess, actors: number, who: Population): Finding[] {
  const actorsMax = actorsFor(program, who);
  if (actorsMax === undefined || actors <= actorsMax) return [];
  return [bounds(`${label} keeps ${actors} actors, more than ${actorsMax}`)];
}

/** How many actors a program may keep, with these about; undefined: it is none of ours. */
function actorsFor(
  program: string,
  { applications, consumers, clients, sessions }: Population,
): number | undefined {
  switch (program) {
    case 'lttng-sessiond':
      return ACTORS_BY_ITSELF + applications + consumers + clients + sessions;
    case 'application':
      return ACTORS_BY_ITSELF + REGISTRIES_OF_AN_APPLICATION;
    case 'ust-consumerd':
    case 'lttng':
      return ACTORS_BY_ITSELF;
    default:
      return undefined;
  }
}

/** How many descriptors a program may have open, with these about; undefined: it is none of ours. */
function descriptorsFor(
  { program }: SimProcess,
  { applications, consumers, clients, registries, segments }: Population,
): number | undefined {
  switch (program) {
    case 'lttng-sessiond':
      // Two sockets, the lock, and one that is open for a moment; each peer has one.
      return 4 + applications + consumers + clients;
    case 'ust-consumerd':
      // The registry, and one that is open for a moment; files and pipes of streams and their processes.
      return 4 + segments + 2 * applications;
    case 'application':
      // A connection, a wait and a channel for each registry that there may be; pipes of streams.
      return 4 + 2 * registries + segments;
    case 'lttng':
      return 2;
    default:
      return undefined;
  }
}
