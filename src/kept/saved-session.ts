/**
 * A session as `lttng save` keeps it: all that a user has said of it, and nothing of what it has recorded. The plan in
 * `actors/client/plans/load-saved.ts` creates the session again.
 *
 * ```json
 * {"version":1,"name":"web","isActive":true,"channels":[{"settings":{…},"rules":[{…}]}]}
 * ```
 */
import * as v from 'valibot';
import { fail, ok, type Result } from '../base/result.ts';
import { liveTimer, path, sessionName } from '../wire/common.ts';
import { isRelay, relayDestination } from '../wire/control/destination.ts';
import type { SessionInfo } from '../wire/control/messages.ts';
import { rotationSchedule } from '../wire/control/rotation.ts';
import { sessionInfo } from '../wire/control/session-info.ts';
import { snapshotOutput } from '../wire/control/snapshot-output.ts';
import { trackers } from '../wire/control/trackers.ts';

const SAVED_VERSION = 1;

const savedSession = v.strictObject({
  version: v.literal(SAVED_VERSION),
  name: sessionName,
  /** The directory of its trace, or of its snapshots; absent: the default one of its name. */
  output: v.exactOptional(path),
  relay: v.exactOptional(relayDestination),
  flightRecorder: v.exactOptional(v.literal(true)),
  /** Null: none. Absent: that of a new session. */
  snapshotOutput: v.exactOptional(v.nullable(snapshotOutput)),
  liveTimerUs: v.exactOptional(liveTimer),
  rotation: v.exactOptional(v.strictObject(rotationSchedule)),
  channels: sessionInfo.entries.channels,
  /** What it records of the kernel. */
  kernel: v.exactOptional(v.strictObject({ channels: sessionInfo.entries.channels })),
  trackers: v.exactOptional(trackers),
  /** Whether it was recording. */
  isActive: v.boolean(),
});
export type SavedSession = v.InferOutput<typeof savedSession>;

/** Where a loaded session writes. */
export type SavedPlace =
  | { readonly output: string }
  | { readonly relay: NonNullable<SavedSession['relay']> };

/** Where the session itself wants to write; undefined: the default directory of its name. */
export function savedPlaceOf({ output, relay }: SavedSession): SavedPlace | undefined {
  if (relay !== undefined) return { relay };
  return output === undefined ? undefined : { output };
}

/** `traces`: the directory that default directories of traces are in, absolute. */
export function savedSessionOf(info: SessionInfo, traces: string): SavedSession {
  const { name, destination, flightRecorder, liveTimerUs, rotation, channels, kernel } = info;
  const to = destination?.to;
  const relay = to !== undefined && isRelay(to) ? to : undefined;
  const output = to === undefined || isRelay(to) ? info.output : to.output;
  const isUsual = output?.startsWith(`${traces}/`) === true;
  const { everyUs, atBytes } = rotation ?? {};
  return {
    version: SAVED_VERSION,
    name,
    ...(relay !== undefined || output === undefined || isUsual ? {} : { output }),
    ...(relay === undefined ? {} : { relay }),
    ...(flightRecorder === undefined ? {} : { flightRecorder }),
    ...savedSnapshotOutput(info),
    ...(liveTimerUs === undefined ? {} : { liveTimerUs }),
    // A session that sends to a relay does not rotate.
    ...(relay !== undefined || (everyUs === undefined && atBytes === undefined)
      ? {}
      : { rotation: { everyUs, atBytes } }),
    channels,
    ...(kernel === undefined ? {} : { kernel: { channels: kernel.channels } }),
    ...(info.trackers === undefined ? {} : { trackers: info.trackers }),
    isActive: isActive(info) || (kernel !== undefined && isActive(kernel)),
  };
}

function isActive({ state }: Pick<SessionInfo, 'state'>): boolean {
  return state === 'active' || state === 'starting';
}

/** A flight recorder has its directory from the beginning. */
function savedSnapshotOutput({
  flightRecorder,
  output,
  snapshotOutput: present,
}: SessionInfo): Pick<SavedSession, 'snapshotOutput'> {
  if (present === undefined) return flightRecorder ? { snapshotOutput: null } : {};
  const isOwn = present.name === undefined && present.bytesMax === undefined;
  return flightRecorder && isOwn && present.output === output ? {} : { snapshotOutput: present };
}

/** An error is a reason for messages, which put it after the name of the file. */
export function parseSaved(json: unknown): Result<SavedSession, string> {
  const versioned = v.safeParse(v.object({ version: v.number() }), json);
  if (versioned.success && versioned.output.version !== SAVED_VERSION) {
    const { version } = versioned.output;
    return fail(`has version ${version} of the format; this lttng reads version ${SAVED_VERSION}`);
  }
  const parsed = v.safeParse(savedSession, json);
  if (parsed.success) return ok(parsed.output);
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue);
  return fail(`is not a saved session${where === null ? '' : `: ${where} is wrong`}`);
}
