/** What the trace of a process is called and how its metadata begins, wherever it is written. */
import { directoryTime } from '../base/calendar.ts';
import { NS_PER_SECOND_BIGINT } from '../base/time.ts';
import { traceMetadata } from '../ctf/metadata.ts';
import { SESSION_UUID } from '../ctf/trace-directory.ts';
import type { World } from '../port/world.ts';
import type { RecordedSession } from '../wire/common.ts';

/** What the metadata of all traces of one consumer have in common. */
export interface TraceSite {
  readonly session: RecordedSession;
  /** CLOCK_REALTIME minus CLOCK_MONOTONIC, the same for all traces, so that a reader can merge them. */
  readonly clockOffsetNs: bigint;
  readonly clockUuid: string;
  readonly tracerMajor: number;
  readonly tracerMinor: number;
}

export interface TracedProcess {
  readonly pid: number;
  /** Distinguishes the process from a later one with the same id and name. */
  readonly startedAt: number;
  readonly processName: string;
}

const NAME_CHARACTERS_MAX = 64;

export function isSameProcess(a: TracedProcess, b: TracedProcess): boolean {
  return a.pid === b.pid && a.startedAt === b.startedAt && a.processName === b.processName;
}

/** `pid/NAME-PID-TIME`, with a number appended from the second attempt on. */
export function traceDirectory(
  { processName, pid }: TracedProcess,
  seconds: bigint,
  attempt: number,
): string {
  const name = processName.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, NAME_CHARACTERS_MAX);
  const base = `pid/${name}-${pid}-${directoryTime(seconds * NS_PER_SECOND_BIGINT)}`;
  return attempt === 1 ? base : `${base}-${attempt - 1}`;
}

/** The metadata before the first declaration of a stream. */
export function traceBeginning(
  world: {
    readonly clock: Pick<World['clock'], 'realtimeNs'>;
    readonly identity: Pick<World['identity'], 'hostname'>;
  },
  site: TraceSite,
  process: TracedProcess,
  uuid: string,
): string {
  const { session, clockOffsetNs, clockUuid, tracerMajor, tracerMinor } = site;
  return traceMetadata({
    uuid,
    hostname: world.identity.hostname,
    domain: 'ust',
    processName: process.processName,
    pid: process.pid,
    tracerName: 'lttng-ts',
    tracerMajor,
    tracerMinor,
    sessionName: session.name,
    environment: { [SESSION_UUID]: session.uuid },
    creationTimeNs: world.clock.realtimeNs(),
    clockUuid,
    clockOffsetNs,
  });
}
