/** The context of a registry, and pure queries on it (R1.1, R1.3, R1.6). */

import { fail, ok, type Result } from '../../../src/base/result.ts';
import type { Credentials } from '../../../src/port/identity.ts';
import type { TracepointInfo } from '../../../src/wire/app/messages.ts';
import type { RelayDestination } from '../../../src/wire/control/destination.ts';
import type { AppInfo, Operation, SessionInfo } from '../../../src/wire/control/messages.ts';
import { encodedBytes } from '../../../src/wire/frames.ts';
import { LIST_ENTRIES_MAX } from '../../../src/wire/limits.ts';
import {
  ALL_LISTED_BYTES_MAX,
  APP_LINKS_MAX,
  APP_LINKS_PER_USER_MAX,
  CLIENT_LINKS_MAX,
  CLIENT_LINKS_PER_USER_MAX,
  LISTED_BYTES_MAX,
  SESSIONS_MAX,
} from '../limits.ts';
import type { AppIdentity, KernelPart, OwnedRegistryLocation, ReplyTo } from '../messages.ts';
import type { Refusal } from '../reply.ts';

export interface RegistryInput {
  /** This actor's id. */
  readonly registry: string;
  readonly location: OwnedRegistryLocation;
  readonly pid: number;
  /** A service manager creates the sockets and removes them. */
  readonly areSocketsGiven: boolean;
}

/** A session as the registry sees it; `info` is what the session published last. */
export interface KnownSession {
  /** Its actor's id. */
  readonly session: string;
  readonly name: string;
  readonly uuid: string;
  readonly owner: { readonly uid: number; readonly gid: number };
  /** UUID of its user part, if it is a kernel part. Invariant: each user part has one kernel part at most. */
  readonly kernelOf: string | undefined;
  readonly info: SessionInfo | undefined;
}

export interface KnownApp {
  readonly app: AppIdentity;
  /** Invariant: at most LIST_ENTRIES_MAX. */
  readonly tracepoints: readonly TracepointInfo[];
  /** Size of its tracepoints. Invariant: at most LISTED_BYTES_MAX, and ALL_LISTED_BYTES_MAX of all applications. */
  readonly listedBytes: number;
  /** Why the thread cannot record, if so. */
  readonly unable?: string;
}

export type LinkKind = 'client' | 'app';
/** The number of links of each user; users without links are absent. */
export type LinkCounts = ReadonlyMap<number, number>;

/** A session that waits for its UUID. */
export interface Creation {
  readonly key: string;
  readonly replyTo: ReplyTo;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly name: string;
  readonly output: string | undefined;
  readonly relay: RelayDestination | undefined;
  readonly isFlightRecorder: boolean;
  readonly liveTimerUs: number | undefined;
  readonly kernel?: KernelPart;
}

/** A request that waits for an answer of the kernel's tracer. */
export interface KernelQuestion {
  readonly key: string;
  readonly replyTo: ReplyTo;
  readonly peer: Credentials;
  readonly operation: KernelOperation;
}

export type KernelOperation = Extract<Operation, { op: `kernel.${string}` }>;

export interface RegistryContext extends RegistryInput {
  /** Invariant: with `creations` at most SESSIONS_MAX. */
  readonly sessions: readonly KnownSession[];
  /** Invariant: at most as many as there are links of applications, each with a link of its own. */
  readonly apps: readonly KnownApp[];
  readonly creations: readonly Creation[];
  /** Invariant: the handler answers each at once. */
  readonly questions: readonly KernelQuestion[];
  /** The present kernel links; those of sessions that have ended may still be removing instances. */
  readonly kernelLinks: readonly string[];
  /** Requests answered when their new session publishes itself for the first time. Invariant: at most the sessions. */
  readonly created: readonly { readonly session: string; readonly replyTo: ReplyTo }[];
  /** Invariant: within the bounds of all links of a kind, and of one user's. */
  readonly links: Readonly<Record<LinkKind, LinkCounts>>;
  /** Links created so far: their ids are never reused. Invariant: at least the number of present links. */
  readonly linkCount: number;
  /** Marks of earlier registries that may have left memory behind. */
  readonly creators: readonly string[];
  /** Exit status of the registry; 0: it ends on request. */
  readonly exitCode: number;
}

export function initialContext(input: RegistryInput): RegistryContext {
  return {
    sessions: [],
    apps: [],
    creations: [],
    questions: [],
    kernelLinks: [],
    created: [],
    links: { client: new Map(), app: new Map() },
    linkCount: 0,
    creators: [],
    exitCode: 0,
    ...input,
  };
}

export const LINK_BOUNDS = {
  client: { all: CLIENT_LINKS_MAX, perUser: CLIENT_LINKS_PER_USER_MAX },
  app: { all: APP_LINKS_MAX, perUser: APP_LINKS_PER_USER_MAX },
} as const;

/** The limit that denies a user a further link, or undefined if the user gets one. */
export function fullness(
  { links }: RegistryContext,
  kind: LinkKind,
  uid: number,
): { limit: string; value: number } | undefined {
  const counts = links[kind];
  const { all, perUser } = LINK_BOUNDS[kind];
  let total = 0;
  for (const count of counts.values()) total += count;
  if (total >= all) return { limit: `${kind}-links-max`, value: all };
  if ((counts.get(uid) ?? 0) >= perUser)
    return { limit: `${kind}-links-per-user-max`, value: perUser };
  return undefined;
}

/** The counts with one link of the user more or fewer. */
export function countLink(
  { links }: RegistryContext,
  kind: LinkKind,
  uid: number,
  change: 1 | -1,
): Pick<RegistryContext, 'links'> {
  const counts = new Map(links[kind]);
  const changed = (counts.get(uid) ?? 0) + change;
  if (changed === 0) counts.delete(uid);
  else counts.set(uid, changed);
  return { links: { ...links, [kind]: counts } };
}

/** Whether the peer may use this registry at all (R1.3, R1.4). */
export function mayUse(
  location: OwnedRegistryLocation,
  peer: Credentials,
  isMember: boolean,
): boolean {
  return peer.uid === 0 || peer.uid === location.uid || (location.scope === 'global' && isMember);
}

/** Whether the peer may see and command the session: its owner, and root. */
export function mayCommand(peer: Credentials, session: KnownSession): boolean {
  return peer.uid === 0 || peer.uid === session.owner.uid;
}

/**
 * The session that `key` names for this peer (R1.2): by UUID, or by name among its own sessions. Root may also use the
 * name of another user's session if that name is unique. The name is that of the user part: a kernel part has a UUID.
 */
export function findSession(
  context: RegistryContext,
  peer: Credentials,
  key: string,
): Result<KnownSession, Refusal> {
  const missing = { code: 'NO_SESSION', reason: `There is no session "${key}"` } as const;
  const byUuid = context.sessions.find(({ uuid }) => uuid === key);
  const userParts = context.sessions.filter(({ kernelOf }) => kernelOf === undefined);
  const own = userParts.find(({ name, owner }) => name === key && owner.uid === peer.uid);
  const byName = userParts.filter(({ name }) => name === key);
  const session = byUuid ?? own ?? byName[0];
  if (session === undefined) return fail(missing);
  if (!mayCommand(peer, session)) {
    return fail({ code: 'NOT_ALLOWED', reason: `Session "${key}" belongs to another user` });
  }
  if (session !== byUuid && session !== own && byName.length > 1) {
    return fail({
      code: 'AMBIGUOUS',
      reason: `Several users have a session "${key}"; use its UUID`,
    });
  }
  return ok(session);
}

/** Whether the peer may create a session of this name. */
export function checkCreation(
  context: RegistryContext,
  peer: Credentials,
  name: string,
): Result<void, Refusal> {
  const isTaken =
    context.sessions.some((other) => other.name === name && other.owner.uid === peer.uid) ||
    context.creations.some((other) => other.name === name && other.owner.uid === peer.uid);
  if (isTaken) {
    return fail({ code: 'SESSION_EXISTS', reason: `Session "${name}" already exists` });
  }
  return checkRoom(context);
}

/** Whether there may be one session more. */
export function checkRoom(context: RegistryContext): Result<void, Refusal> {
  if (context.sessions.length + context.creations.length >= SESSIONS_MAX) {
    return fail({ code: 'LIMIT', reason: `A registry has at most ${SESSIONS_MAX} sessions` });
  }
  return ok(undefined);
}

/** The applications after this one announced tracepoints: adds tracepoints up to the bounds. */
export function withAnnounced(
  apps: readonly KnownApp[],
  link: string,
  announced: readonly TracepointInfo[],
): readonly KnownApp[] {
  const all = apps.reduce((sum, { listedBytes }) => sum + listedBytes, 0);
  return apps.map((known) => {
    if (known.app.link !== link) return known;
    const tracepoints = [...known.tracepoints];
    const room = Math.min(
      LISTED_BYTES_MAX,
      known.listedBytes + Math.max(0, ALL_LISTED_BYTES_MAX - all),
    );
    let { listedBytes } = known;
    for (const info of announced) {
      const bytes = encodedBytes(info);
      if (listedBytes + bytes > room || tracepoints.length >= LIST_ENTRIES_MAX) break;
      listedBytes += bytes;
      tracepoints.push(info);
    }
    return { ...known, tracepoints, listedBytes };
  });
}

/** The sessions that the peer may command, each with its kernel part. */
export function visibleSessions(context: RegistryContext, peer: Credentials): SessionInfo[] {
  return context.sessions.flatMap((session) => {
    if (session.kernelOf !== undefined || !mayCommand(peer, session)) return [];
    return infoOf(context, session) ?? [];
  });
}

/** What the session and its kernel part published last. */
export function infoOf(
  context: RegistryContext,
  { info, uuid }: KnownSession,
): SessionInfo | undefined {
  const kernel = kernelPartOf(context, uuid)?.info;
  if (info === undefined || kernel === undefined) return info;
  return { ...info, kernel: { ...kernel, domain: 'kernel' } };
}

export function kernelPartOf(
  { sessions }: Pick<RegistryContext, 'sessions'>,
  userPart: string,
): KnownSession | undefined {
  return sessions.find(({ kernelOf }) => kernelOf === userPart);
}

/** An application as clients see it. Clients see every application: the registry serves only users who may (R1.6). */
export function appInfoOf({ app, tracepoints, unable }: KnownApp): AppInfo {
  const { pid, tid, uid, processName, libraryVersion } = app;
  const library = libraryVersion === undefined ? {} : { libraryVersion };
  const why = unable === undefined ? {} : { unable };
  return { pid, tid, uid, processName, ...library, tracepoints: [...tracepoints], ...why };
}
