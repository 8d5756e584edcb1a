/** Combines the families of simulated system calls into the World of one process. */
import { assert } from '../../src/base/assert.ts';
import { NS_PER_MS } from '../../src/base/time.ts';
import { UUID_BYTES, uuidFromBytes } from '../../src/base/uuid.ts';
import type { Clock, Timer } from '../../src/port/clock.ts';
import { believedEnvironment } from '../../src/port/environment.ts';
import type { Identity, Users } from '../../src/port/identity.ts';
import type { Random } from '../../src/port/random.ts';
import type { World } from '../../src/port/world.ts';
import type { Accounts } from './accounts.ts';
import type { PendingEvent } from './core/event-heap.ts';
import type { HostScheduler } from './core/host-scheduler.ts';
import type { Disk } from './fs/disk.ts';
import { filesOf } from './fs/files.ts';
import { memoryOf, type SegmentTable } from './ipc/memory.ts';
import { pipesOf } from './ipc/pipes.ts';
import type { SocketTable } from './ipc/socket-table.ts';
import { unixOf } from './ipc/unix.ts';
import type { NetHost } from './net/net-host.ts';
import type { Network } from './net/network.ts';
import { networkOf } from './net/tcp.ts';
import type { Kernel } from './process/kernel.ts';
import type { Resource, SimProcess } from './process/process.ts';
import { type Launcher, processesOf } from './processes.ts';
import type { KernelEvents } from './tracefs/kernel-events.ts';
import { kernelTracerOf } from './tracefs/kernel-tracer.ts';

/** Hostname of a host without a name. */
const HOSTNAME = 'simulated';
/** The most random bytes that one call returns. */
const RANDOM_BYTES_MAX = 4096;
/** The longest delay of a timer, milliseconds. */
const TIMER_MS_MAX = 0x7fff_ffff;

/** The tables of one host that its system calls use. */
export interface Tables {
  readonly kernel: Kernel;
  readonly accounts: Accounts;
  readonly disk: Disk;
  readonly sockets: SocketTable;
  readonly segments: SegmentTable;
  readonly network: Network;
  readonly netHost: NetHost;
  readonly kernelEvents: KernelEvents;
}

/** The World of `process`. */
export function worldOf(tables: Tables, process: SimProcess, launcher: Launcher): World {
  const { kernel, accounts, disk, sockets, segments, network, netHost, kernelEvents } = tables;
  const { scheduler } = kernel;
  return {
    clock: clockOf(scheduler, process),
    random: randomOf(scheduler, process),
    identity: identityOf(process, scheduler.name ?? HOSTNAME),
    users: usersOf(accounts, process),
    unix: unixOf(sockets, disk, scheduler, process),
    network: networkOf(network, netHost, disk, process),
    pipes: pipesOf(disk, scheduler, process),
    memory: memoryOf(segments, scheduler, process),
    files: filesOf(disk, scheduler, process),
    processes: processesOf(kernel, disk, launcher, process),
    kernel: kernelTracerOf(kernelEvents, scheduler, process),
    log: (event, fields = {}) => {
      process.enter('log', event);
      const { pid, program, label: who } = process;
      const { now: time } = scheduler;
      kernel.log.push({ time, pid, who, program, event, fields: { ...fields } });
    },
  };
}

function clockOf(scheduler: HostScheduler, process: SimProcess): Clock {
  const stream = scheduler.noise.stream(`${process.label} timers`);
  /** By delay, when the latest armed timer is due: timers of the same delay fire in the order of arming. */
  const latest = new Map<number, number>();
  return {
    monotonicNs: () => {
      process.enter('clock.monotonicNs');
      if (!scheduler.quirks.happens('clock-stands', process.label)) scheduler.tick();
      return BigInt(scheduler.now);
    },
    realtimeNs: () => {
      process.enter('clock.realtimeNs');
      scheduler.tick();
      return scheduler.realtimeNs();
    },
    setTimer: (delayMs, fire, options) => {
      process.enter('clock.setTimer', `${delayMs} ms`);
      const isDelay = Number.isInteger(delayMs) && delayMs >= 0 && delayMs <= TIMER_MS_MAX;
      assert(isDelay, 'a timer delay is an integer from 0 to 2^31-1');
      const isBackground = options?.background ?? false;
      const timer = new SimTimer(scheduler, process, isBackground);
      const lateness = scheduler.quirks.lateness('timer-late', process.label);
      const delayNs = delayMs * NS_PER_MS + lateness;
      const earliest = (latest.get(delayMs) ?? -1) + 1;
      const fireNow = (): void => {
        if (latest.get(delayMs) === timer.event?.time) latest.delete(delayMs);
        timer.releaseAtEnd();
        process.deliver('timer', delayNs, fire);
      };
      timer.event = scheduler.postAt(stream, delayNs, isBackground, fireNow, earliest);
      latest.set(delayMs, timer.event.time);
      return timer;
    },
  };
}

class SimTimer implements Timer, Resource {
  readonly descriptors = 0;
  readonly #scheduler: HostScheduler;
  readonly #process: SimProcess;
  readonly #isBackground: boolean;
  event: PendingEvent | undefined;
  #isArmed = true;

  constructor(scheduler: HostScheduler, process: SimProcess, isBackground: boolean) {
    this.#scheduler = scheduler;
    this.#process = process;
    this.#isBackground = isBackground;
    process.hold(this);
    if (!isBackground) process.holds++;
  }

  cancel(): void {
    this.#process.enter('clock.cancel');
    this.releaseAtEnd();
  }

  releaseAtEnd(): void {
    if (!this.#isArmed) return;
    this.#isArmed = false;
    if (this.event !== undefined) this.#scheduler.cancel(this.event);
    this.#process.drop(this);
    if (!this.#isBackground) this.#process.holds--;
  }
}

function randomOf(scheduler: HostScheduler, process: SimProcess): Random {
  const draw = (label: string, length: number): Uint8Array => {
    process.enter('random.bytes', `${label} ${length}`);
    const isWithin = Number.isInteger(length) && length >= 0 && length <= RANDOM_BYTES_MAX;
    assert(isWithin, 'random bytes are asked for in portions of 0 to 4096');
    const stream = scheduler.noise.stream(`${process.label} random ${label}`);
    return new Uint8Array(length).map(() => stream.below(256));
  };
  return { bytes: draw, uuid: (label) => uuidFrom(draw(label, UUID_BYTES)) };
}

/** The random UUID with these 16 bytes. */
export function uuidFrom(bytes: Uint8Array): string {
  const marked = Uint8Array.from(bytes);
  marked[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  marked[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return uuidFromBytes(marked);
}

function identityOf(process: SimProcess, hostname: string): Identity {
  const { pid, uid, gid, program } = process;
  const { environment, workingDirectory, userName, isElevated } = process.spec;
  const accountHome = (): string => (uid === 0 ? '/root' : `/home/${userName}`);
  const believed = believedEnvironment({ environment, isElevated, accountHome });
  return {
    pid,
    tid: pid,
    uid,
    gid,
    hostname,
    processName: program,
    environment: believed.environment,
    workingDirectory,
    homeDirectory: believed.homeDirectory,
  };
}

function usersOf({ users, groups }: Accounts, process: SimProcess): Users {
  const isBroken = (call: string): boolean => process.callFaults?.errorOf(call, '') !== undefined;
  return {
    groupId: (name) =>
      process.answer('users.groupId', name, () =>
        Object.hasOwn(groups, name) && !isBroken('users.groupId') ? groups[name] : undefined,
      ),
    isMember: (uid, gid, groupId) =>
      process.answer('users.isMember', `${uid} ${groupId}`, () => {
        if (isBroken('users.isMember')) return false;
        if (gid === groupId) return true;
        const user = users.find((candidate) => candidate.uid === uid);
        return user?.groups.some((name) => groups[name] === groupId) ?? false;
      }),
    userId: (name) =>
      process.answer(
        'users.userId',
        name,
        () => users.find((candidate) => candidate.name === name)?.uid,
      ),
    userName: (uid) =>
      process.answer(
        'users.userName',
        uid,
        () => users.find((candidate) => candidate.uid === uid)?.name,
      ),
  };
}
