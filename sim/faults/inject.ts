/** Carries out a fault script on a simulated machine, and records which faults hit which processes. */

import { NS_PER_MS, NS_PER_US } from '../../src/base/time.ts';
import type { OsErrorCode } from '../../src/port/os-error.ts';
import {
  type Fault,
  type FaultScript,
  killsRegistriesAlone,
  labelOf,
  type Target,
} from '../input/fault.ts';
import { isConsumer } from '../input/kernel.ts';
import type { ScenarioInput } from '../input/scenario.ts';
import type { CommandAccount } from '../ledger/ledger.ts';
import { NOISE_BOUND_MAX, Noise } from '../machine/core/noise.ts';
import type { CallFaults, SimProcess, Simulation, SocketEnd } from '../machine/simulation.ts';
import { type FaultHit, wasCutShort } from './fault-hit.ts';
import { StoreKills } from './kill-at-store.ts';
import { limitMemory, spoil } from './shortage.ts';

/** Programs of this package; disk faults do not affect the observers. */
const OURS = new Set(['lttng', 'lttng-sessiond', 'ust-consumerd', 'ltt-consumerd', 'application']);
/** Calls that fail with EIO on a broken disk. */
const DISK_CALLS = /^files\.(?:append|truncate|open|makeDirectory|holdDirectory)$/;

type Of<Kind extends Fault['kind']> = Extract<Fault, { kind: Kind }>;
type CallFault = Of<'call-fails'> | Of<'short-write'> | Of<'torn-write'>;

export class Injector {
  readonly #script: FaultScript;
  readonly #noise: Noise;
  readonly #users: ReadonlySet<string>;
  readonly #hits: FaultHit[] = [];
  readonly #onHit: (hit: FaultHit) => void;
  /** Functions that undo the active faults. */
  readonly #undo = new Set<() => void>();
  /** The processes of each program, in the order of their start. */
  readonly #started = new Map<string, SimProcess[]>();
  readonly #stores = new StoreKills();
  /** Number of requests of each kind that were sent. */
  readonly #asked = new Map<string, number>();
  /** Paths whose mode is lost at the moment. */
  readonly #lost = new Set<string>();
  /** Directories of traces that another process spoiled. */
  readonly #spoiled = new Set<string>();
  #simulation: Simulation | undefined;
  #isHealed = false;
  #healedAt = Number.POSITIVE_INFINITY;

  /** `onHit` receives each fault when it hits, except kills at calls, loads and stores, which are ends of processes. */
  constructor(
    script: FaultScript,
    { seed, users }: Pick<ScenarioInput, 'seed' | 'users'>,
    onHit: (hit: FaultHit) => void = () => undefined,
  ) {
    this.#onHit = onHit;
    this.#script = script;
    this.#noise = new Noise(seed);
    this.#users = new Set(['root', ...users.map(({ name }) => name)]);
  }

  /** The power failed: all processes are dead. */
  get isPowerCut(): boolean {
    return this.#hits.some(({ label }) => label === 'power-cut');
  }

  /** The script only kills and restarts registries. */
  get killsRegistriesAlone(): boolean {
    return killsRegistriesAlone(this.#script);
  }

  /**
   * Whether a trace may have this problem now: the power failed; or its consumer died in the middle of a write, and no
   * consumer has cut off the torn part; or the disk refuses to cut it off at the moment; or another process spoiled it.
   */
  excuses(problem: string): boolean {
    if (this.isPowerCut || this.isSpoiled(problem)) return true;
    const wasHit = (by: RegExp): boolean => this.#hits.some(({ label }) => by.test(label));
    const isRefused = !this.#isHealed && wasHit(/^(files\.truncate EIO|disk-error)$/);
    const isTorn = isRefused || wasHit(/^torn-write$/) || wasCutShort(this.hits());
    // A consumer cuts off the torn part before it writes it again; the disk may have no room for that now.
    const hasNoRoom = wasHit(/^(disk-|files\.append )/);
    return (
      isTorn &&
      (problem.includes('is cut off after') || (hasNoRoom && problem.includes('no longer begins')))
    );
  }

  /** Whether the path is in a directory whose files another process has changed. */
  isSpoiled(path: string): boolean {
    return [...this.#spoiled].some((directory) => path.startsWith(`${directory}/`));
  }

  /** Arms the faults that happen at a time. Call it before the machine runs. */
  attach(simulation: Simulation): void {
    this.#simulation = simulation;
    for (const [index, fault] of this.#script.entries()) {
      if (!('at' in fault)) continue;
      if (fault.kind === 'power-cut')
        simulation.faultControls.at(fault.writtenBackAt, () => simulation.syncDisk());
      simulation.faultControls.at(fault.at, () => {
        if (!this.#isHealed && !this.isPowerCut) this.#happen(simulation, fault, index);
      });
    }
  }

  /** Arms the faults that happen at a call of a process that starts now. */
  onStart(simulation: Simulation, program: string, index: number, pid: number): void {
    const process = simulation.process(pid);
    if (process === undefined) return;
    this.#started.set(program, [...(this.#started.get(program) ?? []), process]);
    if (this.#isHealed) return;
    const faults: CallFault[] = [];
    for (const fault of this.#script) {
      if (!('of' in fault) || fault.of.program !== program || fault.of.index !== index) continue;
      if (fault.kind === 'other-namespace') {
        simulation.faultControls.leaveNamespace(process);
        this.#note(fault.kind, process.label, {}, Number.POSITIVE_INFINITY);
      } else if (fault.kind === 'kill') {
        simulation.killAtCall(process.pid, fault.atCall, fault.call);
      } else if (fault.kind === 'kill-at-load') process.loadsUntilKill = fault.atLoad;
      else if (fault.kind === 'kill-at-store') this.#stores.arm(process, fault.atStore);
      else if (isCallFault(fault)) faults.push(fault);
    }
    if (faults.length > 0) process.callFaults = this.#callFaults(simulation, process, faults);
  }

  /** A request was just sent. */
  onAsked(op: string, { uid, registry, steps }: CommandAccount): void {
    const step = steps.at(-1);
    const nth = (this.#asked.get(op) ?? 0) + 1;
    this.#asked.set(op, nth);
    for (const fault of this.#script) {
      if (fault.kind !== 'kill-under' || fault.op !== op || fault.nth !== nth) continue;
      const { now = 0, faultControls } = this.#simulation ?? {};
      faultControls?.at((now + fault.afterUs * NS_PER_US) / NS_PER_MS, () => {
        const victim = this.#simulation
          ?.processes()
          .findLast(({ program, label, uid: owner, isAlive }) =>
            fault.victim === 'registry'
              ? label === registry && isAlive
              : isConsumer(program) && owner === uid && isAlive,
          );
        if (this.#isHealed || victim === undefined) return;
        this.#simulation?.kill(victim.pid);
        const isUnderWay = step?.answeredAt === undefined;
        this.#note(fault.kind, victim.label, { under: isUnderWay ? fault.op : undefined });
      });
    }
  }

  /** After the run. */
  release(): void {
    this.#stores.release();
  }

  /** Ends all active faults and prevents later ones. Processes dead or stopped for good stay so. */
  heal(): void {
    this.#isHealed = true;
    this.#healedAt = this.#simulation?.now ?? 0;
    for (const undo of [...this.#undo]) undo();
    for (const process of this.#simulation?.processes() ?? []) {
      if (!process.isAlive) continue;
      process.callFaults = undefined;
      process.loadsUntilKill = 0;
      process.storesUntilKill = 0;
      process.callsUntilKill = 0;
      process.callOfKill = undefined;
      if (process.isPaused && !process.isStopped) this.#simulation?.faultControls.resume(process);
    }
  }

  /** The hits so far, including kills at calls and loads, unordered. */
  hits(): FaultHit[] {
    const kills = this.#script.flatMap((fault): FaultHit[] => {
      if (!isPointKill(fault)) return [];
      const process = this.#targetOf(fault.of);
      if (process?.exit?.signal !== 'SIGKILL') return [];
      const isIt = {
        kill: process.isKilledAtCall,
        'kill-at-load': process.isKilledAtLoad,
        'kill-at-store': process.isKilledAtStore,
      }[fault.kind];
      const { label: who, endedAt: at = 0 } = process;
      return isIt ? [{ label: fault.kind, who, at, until: at }] : [];
    });
    const ended = this.#hits.map((hit) =>
      hit.until === Number.POSITIVE_INFINITY
        ? hit
        : { ...hit, until: Math.max(hit.at, Math.min(hit.until, this.#healedAt)) },
    );
    return [...ended, ...kills];
  }

  #targetOf({ program, index }: Target): SimProcess | undefined {
    return this.#started.get(program)?.[index];
  }

  #note(
    label: string,
    who?: string,
    more: Pick<FaultHit, 'isWhole' | 'under'> = {},
    forMs = 0,
  ): void {
    const at = this.#simulation?.now ?? 0;
    const hit = { label, who, at, until: at + forMs * NS_PER_MS, ...more };
    this.#hits.push(hit);
    this.#onHit(hit);
  }

  #happen(simulation: Simulation, fault: Extract<Fault, { at: number }>, index: number): void {
    switch (fault.kind) {
      case 'latency':
        simulation.faultControls.delayMessages(fault.forMs, fault.byMs);
        return this.#note(fault.kind, undefined, {}, fault.forMs);
      case 'disk-full':
        return this.#fillDisk(simulation, fault);
      case 'disk-error':
        return this.#breakDisk(simulation, fault, index);
      case 'mode-lost':
        return this.#loseMode(simulation, fault);
      case 'clock-step':
        simulation.faultControls.stepRealtime(fault.byMs);
        return this.#note(fault.kind);
      case 'clock-drift':
        simulation.faultControls.driftRealtime(fault.ppm);
        this.#until(simulation, fault.forMs, () => simulation.faultControls.driftRealtime(0));
        return this.#note(fault.kind, undefined, {}, fault.forMs);
      case 'memory-full':
        return this.#fillMemory(simulation, fault);
      case 'files-spoiled':
        return this.#spoil(simulation, fault, index);
      case 'memory-removed':
        if (simulation.faultControls.removeSegment(fault.segment)) this.#note(fault.kind);
        return;
      case 'registry-starts':
        if (!this.#users.has(fault.user)) return;
        simulation.spawn(fault.user, 'lttng-sessiond');
        return this.#note(fault.kind);
      case 'power-cut':
        simulation.crashMachine({ keepSomeBytes: true });
        return this.#note(fault.kind);
      default:
        return this.#happenTo(simulation, fault);
    }
  }

  #happenTo(simulation: Simulation, fault: Extract<Fault, { at: number; of: Target }>): void {
    const process = this.#targetOf(fault.of);
    if (process?.isAlive !== true) return;
    const { pid, label } = process;
    switch (fault.kind) {
      case 'kill-at-time':
      case 'kill-for-good':
        simulation.kill(pid);
        return this.#note(fault.kind, label);
      case 'half-open':
        simulation.faultControls.killSlowly(process, fault.forMs);
        return this.#note(fault.kind, label, {}, fault.forMs);
      case 'pause':
        simulation.faultControls.pause(process, fault.forMs);
        return this.#note(fault.kind, label, {}, fault.forMs);
      case 'stop-for-good':
        simulation.faultControls.stop(process);
        return this.#note(fault.kind, label, {}, Number.POSITIVE_INFINITY);
      case 'descriptors-full':
        process.limitDescriptors(fault.leaving);
        this.#until(simulation, fault.forMs, () => process.limitDescriptors(undefined));
        return this.#note(fault.kind, label, {}, fault.forMs);
      default:
        return this.#happenToConnection(simulation, fault, process);
    }
  }

  #happenToConnection(
    simulation: Simulation,
    fault: Of<'reset'> | Of<'clog'> | Of<'slow-reader'>,
    { pid, label }: SimProcess,
  ): void {
    const ends = simulation.faultControls.connectionsOf(pid);
    const end: SocketEnd | undefined = ends[fault.connection % Math.max(1, ends.length)];
    if (end === undefined) return;
    const peer = end.peerOwner?.label;
    const forMs = fault.kind === 'reset' ? 0 : fault.forMs;
    this.#note(fault.kind, label, {}, forMs);
    if (peer !== undefined) this.#note(fault.kind, peer, {}, forMs);
    if (fault.kind === 'reset') end.reset();
    else if (fault.kind === 'clog') end.clog(fault.forMs);
    else end.slowDown(fault.forMs);
  }

  #spoil(simulation: Simulation, fault: Of<'files-spoiled'>, index: number): void {
    const directories = spoil(simulation, fault, index);
    if (directories.length > 0) this.#note(fault.kind);
    for (const directory of directories) this.#spoiled.add(directory);
  }

  #fillMemory(simulation: Simulation, fault: Of<'memory-full'>): void {
    limitMemory(simulation, fault, fault.leaving);
    this.#until(simulation, fault.forMs, () => limitMemory(simulation, fault, undefined));
    this.#note(fault.kind, undefined, {}, fault.forMs);
  }

  #fillDisk(simulation: Simulation, { kind, forMs, leaving }: Of<'disk-full'>): void {
    simulation.faultControls.leaveOnDisk(leaving);
    this.#until(simulation, forMs, () => simulation.faultControls.leaveOnDisk(undefined));
    this.#note(kind, undefined, {}, forMs);
  }

  #breakDisk(
    simulation: Simulation,
    { kind, forMs, oneIn }: Of<'disk-error'>,
    index: number,
  ): void {
    const stream = this.#noise.stream(`fault ${index} disk errors`);
    const [at, until] = [simulation.now, simulation.now + forMs * NS_PER_MS];
    // Once a process has met the fault, it counts for the whole machine and its whole duration.
    const whole: FaultHit = { label: kind, who: undefined, at, until };
    simulation.setFileFault((call, _path, pid): OsErrorCode | undefined => {
      const process = simulation.process(pid);
      if (!DISK_CALLS.test(call) || !OURS.has(process?.program ?? '')) return undefined;
      if (!stream.oneIn(oneIn)) return undefined;
      if (!this.#hits.includes(whole)) this.#hits.push(whole);
      this.#note(kind, process?.label);
      return 'EIO';
    });
    this.#until(simulation, forMs, () => simulation.setFileFault(undefined));
  }

  #loseMode(simulation: Simulation, { kind, forMs, path }: Of<'mode-lost'>): void {
    if (this.#lost.has(path)) return;
    const before = simulation.faultControls.changeMode(path, 0);
    if (before === undefined) return;
    this.#lost.add(path);
    this.#note(kind, undefined, {}, forMs);
    this.#until(simulation, forMs, () => {
      this.#lost.delete(path);
      simulation.faultControls.changeMode(path, before);
    });
  }

  /** Undoes a fault after this time, or at healing. */
  #until(simulation: Simulation, forMs: number, undo: () => void): void {
    const once = (): void => {
      if (this.#undo.delete(once)) undo();
    };
    this.#undo.add(once);
    simulation.faultControls.at(simulation.now / NS_PER_MS + forMs, once);
  }

  #callFaults(
    simulation: Simulation,
    { label }: SimProcess,
    faults: readonly CallFault[],
  ): CallFaults {
    const made = new Map<string, number>();
    const stream = this.#noise.stream(`fault short writes of ${label}`);
    const count = (call: string): number => {
      const times = (made.get(call) ?? 0) + 1;
      made.set(call, times);
      return times;
    };
    return {
      errorOf: (call) => {
        const now = count(call);
        for (const fault of faults) {
          if (fault.kind !== 'call-fails' || fault.call !== call) continue;
          if (now < fault.nth || now >= fault.nth + fault.times) continue;
          this.#note(labelOf(fault), label);
          return fault.code;
        }
        return undefined;
      },
      taking: (bytes) => {
        const now = count('bytes of files.append');
        for (const fault of faults) {
          if (fault.kind === 'torn-write' && fault.atAppend === now) {
            this.#note(fault.kind, label, fault.bytes >= bytes ? { isWhole: true } : {});
            return -Math.min(bytes, fault.bytes);
          }
          if (fault.kind !== 'short-write' || bytes < 2) continue;
          if (now < fault.nth || now >= fault.nth + fault.times) continue;
          this.#note(fault.kind, label);
          return 1 + stream.below(Math.min(bytes - 1, NOISE_BOUND_MAX));
        }
        return bytes;
      },
    };
  }
}

function isPointKill(fault: Fault): fault is Of<'kill'> | Of<'kill-at-load'> | Of<'kill-at-store'> {
  return ['kill', 'kill-at-load', 'kill-at-store'].includes(fault.kind);
}

function isCallFault(fault: Fault): fault is CallFault {
  return ['call-fails', 'short-write', 'torn-write'].includes(fault.kind);
}
