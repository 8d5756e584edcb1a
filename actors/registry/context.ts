/** What a registry knows, and the pure questions that are asked of it (R1.1, R1.3, R1.6). */
import { fail, ok, type Result } from '../../src/base/result.ts';
import type { Credentials } from '../../src/port/world.ts';
import type { TracepointInfo } from '../../src/wire/app/messages.ts';
import type { AppInfo, SessionInfo } from '../../src/wire/control/messages.ts';
import { LIST_ENTRIES_MAX } from '../../src/wire/limits.ts';
import type { Refusal } from './tell.ts';
import type { AppIdentity, RegistryPlace, ReplyTo } from './types.ts';

/** Bounds of one registry. */
export const SESSIONS_MAX = 256;
export const CLIENT_LINKS_MAX = 1024;
export const APP_LINKS_MAX = 8192;

export interface RegistryInput {
  /** This actor's id. */
  readonly registry: string;
  readonly place: RegistryPlace;
  readonly pid: number;
}

/** A session as the registry sees it; `info` is what the session published last. */
export interface KnownSession {
  /** Its actor's id. */
  readonly session: string;
  readonly name: string;
  readonly uuid: string;
  readonly ownerUid: number;
  readonly info: SessionInfo | undefined;
}

export interface KnownApp {
  readonly app: AppIdentity;
  readonly tracepoints: readonly TracepointInfo[];
}

/** A session that waits for its UUID. */
export interface Creation {
  readonly key: string;
  readonly replyTo: ReplyTo;
  readonly peer: Credentials;
  readonly name: string;
  readonly output: string;
}

export interface RegistryContext extends RegistryInput {
  readonly sessions: readonly KnownSession[];
  readonly apps: readonly KnownApp[];
  readonly creations: readonly Creation[];
  /** Who is told of a session once it has published itself for the first time. */
  readonly created: readonly { readonly session: string; readonly replyTo: ReplyTo }[];
  readonly clientLinks: number;
  readonly appLinks: number;
  /** Links ever made: their ids are never used again. */
  readonly linkCount: number;
  /** Why the registry ends; 0 means on request. */
  readonly exitCode: number;
}

export function initialContext(input: RegistryInput): RegistryContext {
  return {
    ...input,
    sessions: [],
    apps: [],
    creations: [],
    created: [],
    clientLinks: 0,
    appLinks: 0,
    linkCount: 0,
    exitCode: 0,
  };
}

/** Whether the peer may use this registry at all (R1.3, R1.4). */
export function mayUse(place: RegistryPlace, peer: Credentials, isMember: boolean): boolean {
  return peer.uid === 0 || peer.uid === place.uid || (place.scope === 'global' && isMember);
}

/** Whether the peer may see and command the session: its owner, and root. */
export function mayCommand(peer: Credentials, session: KnownSession): boolean {
  return peer.uid === 0 || peer.uid === session.ownerUid;
}

/**
 * The session that `key` names for this peer (R1.2): by UUID, or by name among its own sessions, and for root
 * among all when the name is there once.
 */
export function findSession(
  context: RegistryContext,
  peer: Credentials,
  key: string,
): Result<KnownSession, Refusal> {
  const missing = { code: 'NO_SESSION', reason: `There is no session "${key}"` } as const;
  const byUuid = context.sessions.find(({ uuid }) => uuid === key);
  const own = context.sessions.find(({ name, ownerUid }) => name === key && ownerUid === peer.uid);
  const byName = context.sessions.filter(({ name }) => name === key);
  const session = byUuid ?? own ?? byName[0];
  if (session === undefined) return fail(missing);
  if (!mayCommand(peer, session)) {
    return fail({ code: 'NOT_ALLOWED', reason: `Session "${key}" belongs to another user` });
  }
  if (session !== byUuid && session !== own && byName.length > 1) {
    return fail({
      code: 'AMBIGUOUS',
      reason: `Several users have a session "${key}"; name it by its UUID`,
    });
  }
  return ok(session);
}

/** Whether a session of this name may be made for the peer. */
export function checkCreation(
  context: RegistryContext,
  peer: Credentials,
  name: string,
): Result<void, Refusal> {
  const isTaken =
    context.sessions.some((other) => other.name === name && other.ownerUid === peer.uid) ||
    context.creations.some((other) => other.name === name && other.peer.uid === peer.uid);
  if (isTaken) {
    return fail({ code: 'SESSION_EXISTS', reason: `There is a session "${name}" already` });
  }
  if (context.sessions.length + context.creations.length >= SESSIONS_MAX) {
    return fail({ code: 'LIMIT', reason: `A registry has at most ${SESSIONS_MAX} sessions` });
  }
  return ok(undefined);
}

/** Estimated size of the entries in one page of a list, well below a frame's limit. */
export const PAGE_BYTES = 96 * 1024;
/** Tracepoints kept of one application thread for `list`; more are traced all the same. */
export const LISTED_BYTES_MAX = 64 * 1024;

/** The page of `entries` that begins at `from`, at least one entry, and where the next one begins. */
export function pageOf<T>(entries: readonly T[], from: number): { page: T[]; next?: number } {
  const page: T[] = [];
  let bytes = 0;
  for (const entry of entries.slice(from, from + LIST_ENTRIES_MAX)) {
    bytes += estimatedBytes(entry);
    if (page.length > 0 && bytes > PAGE_BYTES) break;
    page.push(entry);
  }
  const next = from + page.length;
  return next < entries.length ? { page, next } : { page };
}

/** `known` and as many of `announced` as are kept. */
export function withAnnounced(
  known: readonly TracepointInfo[],
  announced: readonly TracepointInfo[],
): readonly TracepointInfo[] {
  const kept = [...known];
  let bytes = kept.reduce((sum, info) => sum + estimatedBytes(info), 0);
  for (const info of announced) {
    bytes += estimatedBytes(info);
    if (bytes > LISTED_BYTES_MAX || kept.length >= LIST_ENTRIES_MAX) break;
    kept.push(info);
  }
  return kept;
}

function estimatedBytes(entry: unknown): number {
  return JSON.stringify(entry).length;
}

/** The sessions that the peer may command. */
export function visibleSessions(context: RegistryContext, peer: Credentials): SessionInfo[] {
  return context.sessions.flatMap((session) =>
    session.info !== undefined && mayCommand(peer, session) ? [session.info] : [],
  );
}

/** All applications: a registry serves nobody who may not trace them all (R1.6). */
export function visibleApps(context: RegistryContext): AppInfo[] {
  return context.apps.map(({ app: { pid, tid, uid, processName }, tracepoints }) => ({
    pid,
    tid,
    uid,
    processName,
    tracepoints: [...tracepoints],
  }));
}
