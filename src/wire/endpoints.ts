/**
 * Where registries are found (R1.5, R1.10): computed alike by registries, clients and applications, so that they
 * meet without being told. Environment variables move everything elsewhere; tests and containers use them.
 *
 * | what | path | moved by |
 * |---|---|---|
 * | global registry | `/run/lttng-ts/` | `LTTNG_TS_RUNDIR` |
 * | a user's registry | `$HOME/.lttng-ts/` | `LTTNG_HOME` |
 * | application common pipe (R1.16) | `/tmp/.lttng-ts-apps` | `LTTNG_TS_PIPE` |
 */

import type { FileInfo } from '../port/files.ts';
import type { Identity } from '../port/identity.ts';

export type RegistryScope = 'global' | 'user';

/** Where the registry of a scope is found. */
export interface RegistryLocation {
  readonly scope: RegistryScope;
  readonly directory: string;
  /** Everybody's applications pass through that of the global registry. */
  readonly directoryMode: number;
  /** Socket of commands and consumers. */
  readonly clientPath: string;
  /** Socket where applications register. */
  readonly appPath: string;
  readonly pipePath: string;
}

/** Group whose members may use the global registry, when nobody names another (R1.3). */
export const DEFAULT_GROUP = 'tracing';

/** Mode of the application common pipe: any user's application may wait on it (R1.16). */
export const COMMON_PIPE_MODE = 0o666;
/** A wait on the common pipe that no signal ends is over after this time, with another look at the sockets. */
export const PIPE_WAIT_MS_MAX = 60_000;

export function locationOf(identity: Identity, scope: RegistryScope): RegistryLocation {
  const { environment } = identity;
  const directory =
    scope === 'global'
      ? absoluteOr(environment['LTTNG_TS_RUNDIR'], '/run/lttng-ts')
      : `${identity.homeDirectory.replace(/\/$/, '')}/.lttng-ts`;
  return {
    scope,
    directory,
    directoryMode: scope === 'global' ? 0o755 : 0o700,
    clientPath: `${directory}/client.sock`,
    appPath: `${directory}/apps.sock`,
    pipePath: absoluteOr(environment['LTTNG_TS_PIPE'], '/tmp/.lttng-ts-apps'),
  };
}

/** Whether a registry of this user may live here, as far as it can be seen: nobody else can put anything there. */
export function isOwnDirectory({ kind, uid, mode }: FileInfo, ownUid: number): boolean {
  return kind === 'directory' && uid === ownUid && (mode & 0o022) === 0;
}

/** Scope of the registry that a process with this uid runs (R1.4). */
export function ownScope(uid: number): RegistryScope {
  return uid === 0 ? 'global' : 'user';
}

/** Registries that the applications of a user register with (R1.10). Root's own registry is the global one. */
export function scopesOf(uid: number): readonly RegistryScope[] {
  return uid === 0 ? ['global'] : ['global', 'user'];
}

/** User whose registry of this scope an application of user `uid` trusts (R1.12). */
export function ownerUidOf(scope: RegistryScope, uid: number): number {
  return scope === 'global' ? 0 : uid;
}

/** The registry of this scope, for the commands and consumers of this user. */
export function registryFor(identity: Identity, scope: RegistryScope): RegistryCandidate {
  const { clientPath } = locationOf(identity, scope);
  return { scope, clientPath, ownerUid: ownerUidOf(scope, identity.uid) };
}

/** The registries that may serve the commands of this user, in the order of preference (R1.4). */
export function candidatesFor(identity: Identity): RegistryCandidate[] {
  return scopesOf(identity.uid).map((scope) => registryFor(identity, scope));
}

function absoluteOr(path: string | undefined, fallback: string): string {
  return path?.startsWith('/') ? path.replace(/(.)\/+$/, '$1') : fallback;
}

/** A registry that might serve this user. */
export interface RegistryCandidate {
  readonly scope: RegistryScope;
  readonly clientPath: string;
  /** Only a registry of this user is talked to. */
  readonly ownerUid: number;
}
