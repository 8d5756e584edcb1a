/** What the trace of a process or of a user is called and how its metadata begins, wherever it is written. */
import { directoryTime } from '../base/calendar.ts';
import { NS_PER_SECOND_BIGINT } from '../base/time.ts';
import { traceMetadata } from '../ctf/metadata.ts';
import { BUFFERING_ID, SESSION_UUID, TRACE_KEY } from '../ctf/trace-directory.ts';
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

/** Whose trace it is: that of a process, or that of all processes of a user. */
export interface TraceOwner {
  readonly pid: number;
  /** Distinguishes the process from a later one with the same id and name. */
  readonly startedAt: number;
  readonly processName: string;
  /** Present: of this user, and the process above is one of his. */
  readonly sharedBy?: number | undefined;
}

const NAME_CHARACTERS_MAX = 64;
/** Of the programs that Node.js runs on Linux. */
const ARCHITECTURE_BITS = 64;

export function isSameOwner(a: TraceOwner, b: TraceOwner): boolean {
  if (a.sharedBy !== undefined || b.sharedBy !== undefined) return a.sharedBy === b.sharedBy;
  return a.pid === b.pid && a.startedAt === b.startedAt && a.processName === b.processName;
}

/** `pid/NAME-PID-TIME`, or `uid/UID/64-bit` as LTTng has it; with a number appended from the second attempt on. */
export function traceDirectory(
  { processName, pid, sharedBy }: TraceOwner,
  seconds: bigint,
  attempt: number,
): string {
  const name = processName.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, NAME_CHARACTERS_MAX);
  const base =
    sharedBy === undefined
      ? `pid/${name}-${pid}-${directoryTime(seconds * NS_PER_SECOND_BIGINT)}`
      : `uid/${sharedBy}/${ARCHITECTURE_BITS}-bit`;
  return attempt === 1 ? base : `${base}-${attempt - 1}`;
}

/** The metadata before the first declaration of a stream. `key`: by which consumers find the trace again. */
export function traceBeginning(
  world: {
    readonly clock: Pick<World['clock'], 'realtimeNs'>;
    readonly identity: Pick<World['identity'], 'hostname'>;
  },
  site: TraceSite,
  owner: TraceOwner,
  uuid: string,
  key?: bigint,
): string {
  const { session, clockOffsetNs, clockUuid, tracerMajor, tracerMinor } = site;
  return traceMetadata({
    uuid,
    hostname: world.identity.hostname,
    domain: 'ust',
    ...(owner.sharedBy === undefined ? { processName: owner.processName, pid: owner.pid } : {}),
    tracerName: 'lttng-ts',
    tracerMajor,
    tracerMinor,
    sessionName: session.name,
    environment: { [SESSION_UUID]: session.uuid, ...sharedEnvironment(owner, key) },
    creationTimeNs: world.clock.realtimeNs(),
    clockUuid,
    clockOffsetNs,
  });
}

/** What the environment of a user's trace says, with the names that LTTng has for it. */
function sharedEnvironment(
  { sharedBy }: TraceOwner,
  key?: bigint,
): Record<string, string | number> {
  if (sharedBy === undefined) return {};
  return {
    tracer_buffering_scheme: 'uid',
    [BUFFERING_ID]: sharedBy,
    architecture_bit_width: ARCHITECTURE_BITS,
    ...(key === undefined ? {} : { [TRACE_KEY]: keyText(key) }),
  };
}

/** As the environment of a user's trace has its key. */
export function keyText(key: bigint): string {
  return key.toString(16);
}
