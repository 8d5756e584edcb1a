/**
 * Bounds: at every sampled moment the resources of programs match their peers: actors, descriptors, timers, connections
 * to closed peers, passed sockets, buffers without a writer, and bytes that wait to be sent.
 */

import {
  ABSENT_CHECK_MS_MIN,
  APPLY_MS_MAX,
  ENDED_STREAMS_MAX,
} from '../../actors/sessiond/limits.ts';
import { NS_PER_MS } from '../../src/base/time.ts';
import { GATHER_MS } from '../../src/effects/journal.ts';
import { SESSIOND_EXIT } from '../../src/wire/exit-status.ts';
import { FRAME_BYTES_MAX, SEND_QUEUE_BYTES_MAX } from '../../src/wire/limits.ts';
import { isUnawaited } from '../input/unawaited.ts';
import { channelsFor } from '../ledger/eligibility.ts';
import { heldBackUntil } from '../ledger/held-back.ts';
import { kernelPartsIn } from '../ledger/kernel-parts.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Actors } from '../ledger/run-context.ts';
import { isUnanswered, sessionsIn } from '../ledger/sessions.ts';
import type { Segment, SimProcess, Simulation } from '../machine/simulation.ts';
import { checkConsumers } from './consumers.ts';
import { type Finding, finder } from './finding.ts';
import { actorsFor, descriptorsFor, type Population } from './held.ts';

const bounds = finder('bounds');

/** Other processes may not have noticed an end less than this ago, milliseconds. */
const NEWS_MS = 50;
/** Buffers of an ended application are consumed and removed within this, milliseconds. */
const RELEASE_MS = 20 + 2 * (GATHER_MS + ABSENT_CHECK_MS_MIN);
/** Peers of a killed registry have reconnected to the next one, or are known to be gone, so long after it serves. */
const RETURN_MS_MAX = 1000;
/** Standard streams, and descriptors of the runtime. */
const DESCRIPTORS_AT_START = 20;
/** Timers, attachments and children of a process, beside descriptors: a base, and more for each peer or stream. */
const HELD_BY_ITSELF = 16;
const HELD_FOR_EACH = 8;
/** Programs that must release the resources of closed peers. */
const OURS = new Set(['lttng', 'lttng-sessiond', 'ust-consumerd', 'ltt-consumerd', 'application']);
/** Programs whose peers are on the network; see `relays.ts`. */
const RELAYING = ['lttng-relayd', 'sender'];
const SEGMENTS_OF_A_STREAM = 2;
const ENDING_MAX = 16;

/** Maxima over all processes and the whole run; of shared memory, over the sampled moments. */
export interface Peaks {
  /** Bytes that waited for one peer. */
  readonly queuedBytes: number;
  /** Descriptors, timers, attachments and children of one process. */
  readonly held: number;
  /** Actors of one process, at the sampled moments. */
  readonly actors: number;
  readonly segments: number;
  readonly segmentBytes: number;
}

interface BoundsOptions {
  readonly ledger: Ledger;
  readonly systems: ReadonlyMap<string, Actors>;
  readonly isCalm: boolean;
  /** Registries die: the next ones handle the streams of threads that ended meanwhile. */
  readonly losesRegistries: boolean;
  readonly keepsBuffers: boolean;
  /** A hostile application acknowledges no state: commands wait up to their limit. */
  readonly isHeldUp: boolean;
  /** A hostile peer does not read the answers that it requested. */
  readonly leavesAnswersUnread: boolean;
  /** Another process removes segments, as with ipcrm(1). */
  readonly isMemoryTaken: boolean;
  readonly isNetworkFaulty: boolean;
}

export class Bounds {
  readonly #simulation: Simulation;
  readonly #ledger: Ledger;
  readonly #systems: ReadonlyMap<string, Actors>;
  /** No process is paused, slow or disconnected, so ends are noticed in time. */
  readonly #isCalm: boolean;
  readonly #leavesAnswersUnread: boolean;
  readonly #keepsBuffers: boolean;
  readonly #losesRegistries: boolean;
  readonly #releaseMs: number;
  readonly #isMemoryTaken: boolean;
  readonly #isNetworkFaulty: boolean;
  /** When a running application first had a removed segment attached, nanoseconds. */
  readonly #removed = new Map<number, number>();
  /** When a segment lost its last writer, nanoseconds. */
  readonly #abandoned = new Map<number, number>();
  readonly #relaying: ReadonlySet<string>;
  #actors = 0;
  #segments = 0;
  #segmentBytes = 0;

  constructor(simulation: Simulation, options: BoundsOptions) {
    const { ledger, systems, isCalm, losesRegistries, keepsBuffers } = options;
    const { isHeldUp, leavesAnswersUnread, isMemoryTaken, isNetworkFaulty } = options;
    this.#simulation = simulation;
    const consumers = simulation.name === undefined ? [] : ['ust-consumerd'];
    this.#relaying = new Set([...RELAYING, ...consumers]);
    this.#ledger = ledger;
    this.#systems = systems;
    this.#keepsBuffers = keepsBuffers;
    this.#isCalm = isCalm;
    this.#leavesAnswersUnread = leavesAnswersUnread;
    this.#isMemoryTaken = isMemoryTaken;
    this.#isNetworkFaulty = isNetworkFaulty;
    this.#losesRegistries = losesRegistries;
    this.#releaseMs =
      RELEASE_MS + (isHeldUp ? APPLY_MS_MAX : 0) + (losesRegistries ? RETURN_MS_MAX : 0);
  }

  /** Violations at this moment. */
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
        ? FRAME_BYTES_MAX
        : SEND_QUEUE_BYTES_MAX + FRAME_BYTES_MAX;
    const findings = processes
      .filter(
        ({ program, pendingBytesPeak }) =>
          !this.#relaying.has(program) && pendingBytesPeak > queueMax,
      )
      .map(({ label, pendingBytesPeak }) =>
        bounds(`${label} had ${pendingBytesPeak} bytes for one peer, more than ${queueMax}`),
      );
    findings.push(...this.#checkRemoved(segments, processes));
    if (!this.#isCalm) return findings;
    const population = this.#population(processes, segments.length);
    // A sender keeps its own until its relay has everything.
    const ofSessions = segments.filter(({ creator }) => creator.program !== 'sender');
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
      ...this.#checkPassedSockets(),
      ...this.#checkSegments(ofSessions.length),
      ...(this.#keepsBuffers
        ? this.#checkKept(ofSessions, processes)
        : this.#checkAbandoned(ofSessions, processes)),
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
    const kernelParts = kernelPartsIn(this.#ledger).length;
    // Each side sees a moment later that the other one has closed the first connection.
    const isRegistering = ({ pid, startedAt }: SimProcess): boolean =>
      startedAt > since || faultControls.connectionsOf(pid).length > 1;
    const connections = those('adversary').map(
      ({ pid }) => faultControls.connectionsOf(pid).length,
    );
    return {
      // A hostile process may register as an application.
      applications: count('application') + count('adversary'),
      registering: those('application').filter(isRegistering).length,
      consumers: count('ust-consumerd') + count('ltt-consumerd'),
      // A hostile process has a connection, and perhaps a passed socket, or very many.
      clients:
        connections.reduce((sum, each) => sum + Math.max(2, each), count('lttng')) +
        this.#floodingConnections(),
      registries: count('lttng-sessiond'),
      sessions: this.#sessionsSince(since) + kernelParts,
      kernelParts,
      relayedSessions: this.#simulation.name === undefined ? 0 : this.#sessionsSince(since),
      segments,
    };
  }

  /** Sessions that exist, existed a moment ago, or may exist because their commands were never answered. */
  #sessionsSince(since: number): number {
    let sessions = 0;
    // Several commands may wait for the end of one session, and the registry answers each.
    const destroyed = new Set<string>();
    for (const { steps, results } of this.#ledger.commands) {
      for (const [index, { operation, answeredAt = Infinity }] of steps.entries()) {
        const result = results[index];
        const isThere = result?.kind === 'reply' || isUnanswered(result);
        if (operation?.op === 'session.create' && isThere) sessions++;
        const info = result?.kind === 'reply' ? result.value.session : undefined;
        const isOver = operation?.op === 'session.destroy' && !isUnawaited(operation);
        if (!isOver || info === undefined) continue;
        if (answeredAt < since) destroyed.add(info.uuid);
      }
    }
    return sessions - destroyed.size;
  }

  /** Applications detach removed segments, also without a registry. */
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
      findings.push(bounds(`application ${holder.pid} keeps removed segment ${id} attached`));
    }
    return findings;
  }

  /** A program closes connections whose peer has closed. */
  #checkOrphaned({ pid, label, program }: SimProcess): Finding[] {
    if (!OURS.has(program)) return [];
    const before = this.#simulation.now - NEWS_MS * NS_PER_MS;
    const orphaned = this.#simulation.faultControls
      .connectionsOf(pid)
      .filter(({ orphanedAt = Number.POSITIVE_INFINITY }) => orphanedAt < before);
    if (orphaned.length === 0) return [];
    return [bounds(`${label} keeps ${orphaned.length} connections to closed peers`)];
  }

  /** Connections that connection floods open. */
  #floodingConnections(): number {
    return this.#ledger.adversaries.reduce(
      (sum, { attack }) => sum + (attack.kind === 'connection-flood' ? attack.connections : 0),
      0,
    );
  }

  #checkPassedSockets(): Finding[] {
    // A socket that a killed thread passed stays for a while.
    const threads = this.#simulation.processes().filter(({ program }) => mayWrite(program));
    return this.#simulation
      .sockets()
      .filter(({ passedSockets }) => passedSockets > threads.length)
      .map(({ path, passedSockets }) =>
        bounds(`${passedSockets} passed sockets of ${threads.length} threads wait at ${path}`),
      );
  }

  /** Buffers exist only for applications that a session records (R1.18). */
  #checkSegments(count: number): Finding[] {
    const { threads, adversaries } = this.#ledger;
    // A killed registry may have left some, and a hostile process that registers as an application gets some.
    if (this.#losesRegistries || adversaries.length > 0) return [];
    const streams = sessionsIn(this.#ledger).reduce(
      (sum, session) =>
        threads.reduce((more, thread) => more + channelsFor(session, thread).size, sum),
      0,
    );
    if (count <= SEGMENTS_OF_A_STREAM * streams) return [];
    return [bounds(`there are ${count} segments for ${streams} requested streams`)];
  }

  /** Streams end with their threads, and their segments are removed; those of users stay for other threads. */
  #checkAbandoned(segments: readonly Segment[], processes: readonly SimProcess[]): Finding[] {
    if (sessionsIn(this.#ledger).some(({ isShared }) => isShared)) return [];
    const { now } = this.#simulation;
    const alive = processes.filter(({ isAlive, program }) => isAlive && mayWrite(program));
    const writers = new Set(alive.map(({ pid }) => pid));
    const findings: Finding[] = [];
    const servedSince = this.#losesRegistries ? this.#servedSince() : 0;
    const heldUntil = heldBackUntil(this.#ledger, now, { isNetworkFaulty: this.#isNetworkFaulty });
    for (const { id, uid, attachments, everAttached } of segments) {
      if ([...attachments].some(({ pid }) => writers.has(pid))) {
        this.#abandoned.delete(id);
        continue;
      }
      // A sample may have been before the writer attached it.
      const ends = [...everAttached].map(
        (each) => (mayWrite(each.program) ? each.endedAt : 0) ?? 0,
      );
      const abandonedAt = this.#abandoned.get(id) ?? now;
      const since = Math.max(abandonedAt, servedSince, heldUntil, ...ends);
      this.#abandoned.set(id, since);
      if (now - since > this.#releaseMs * NS_PER_MS) {
        findings.push(bounds(`segment ${id} of ${uid} exists, and no thread writes into it`));
      }
    }
    return findings;
  }

  /** Flight recorders keep the streams of a bounded number of dead threads. */
  #checkKept(segments: readonly Segment[], processes: readonly SimProcess[]): Finding[] {
    const recorders = sessionsIn(this.#ledger).filter(({ isFlightRecorder }) => isFlightRecorder);
    if (recorders.length === 0) return [];
    const alive = new Set(processes.filter(({ isAlive }) => isAlive).map(({ pid }) => pid));
    const kept = segments.filter(({ attachments }) =>
      [...attachments].every(({ pid }) => !alive.has(pid)),
    );
    // Threads that just died do not count as dead yet.
    const keptMax = SEGMENTS_OF_A_STREAM * (ENDED_STREAMS_MAX * recorders.length + ENDING_MAX);
    if (kept.length <= keptMax) return [];
    return [bounds(`flight recorders keep ${kept.length} segments of dead threads`)];
  }

  /** When the latest registry began to serve; now, when a registry is dead and has no successor yet. */
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

/** A hostile process may register as an application, and is then treated as one. */
function mayWrite(program: string): boolean {
  return program === 'application' || program === 'adversary';
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
      ? [bounds(`${label} holds ${resources.size} resources, more than ${heldMax}`)]
      : []),
  ];
}

function checkActors({ program, label }: SimProcess, actors: number, who: Population): Finding[] {
  const actorsMax = actorsFor(program, who);
  if (actorsMax === undefined || actors <= actorsMax) return [];
  return [bounds(`${label} keeps ${actors} actors, more than ${actorsMax}`)];
}
