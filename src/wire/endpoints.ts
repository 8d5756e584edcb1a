/**
 * Paths of registries (R1.5, R1.10), and where traces go. Registries, clients and applications compute them in the
 * same way, so they need no configuration. Environment variables move the paths; tests and containers use them.
 *
 * | what | path | moved by |
 * |---|---|---|
 * | global registry | `/run/lttng-ts/` | `LTTNG_TS_RUNDIR` |
 * | a user's registry | `$HOME/.lttng-ts/` | `LTTNG_HOME`; for traced programs also `LTTNG_TS_REGISTRY` |
 * | application common pipe (R1.16) | `/tmp/.lttng-ts-apps` | `LTTNG_TS_PIPE` |
 */

import type { FileInfo } from '../port/files.ts';
import type { Identity } from '../port/identity.ts';
import { REGISTRY_VARIABLE } from './launch.ts';

export type RegistryScope = 'global' | 'user';

/** Paths of the registry of a scope. */
export interface RegistryLocation {
  readonly scope: RegistryScope;
  readonly directory: string;
  /** Applications of all users need access to the directory of the global registry. */
  readonly directoryMode: number;
  /** Socket for commands and consumers. */
  readonly clientPath: string;
  /** Socket where applications register. */
  readonly appPath: string;
  readonly pipePath: string;
}

/** Default group whose members may use the global registry (R1.3). */
export const DEFAULT_GROUP = 'tracing';

/** Mode of the application common pipe: any user's application may wait on it (R1.16). */
export const COMMON_PIPE_MODE = 0o666;
/**
 * A wait on the common pipe ends after this time without a signal; the application then checks the sockets again. Any
 * user may hold the pipe open for writing, so that no signal arrives, or replace a pipe of their own.
 */
export const PIPE_WAIT_MS_MAX = 2_000;

export function locationOf(identity: Identity, scope: RegistryScope): RegistryLocation {
  const { environment, homeDirectory } = identity;
  const directory =
    scope === 'global'
      ? absoluteOr(environment['LTTNG_TS_RUNDIR'], '/run/lttng-ts')
      : `${homeDirectory.replace(/\/$/, '')}/.lttng-ts`;
  return locationAt(identity, scope, directory);
}

/**
 * The registry with which a traced program registers: its user's registry is that of the command that started it, even
 * if the program has another home directory.
 */
export function registrationLocationOf(identity: Identity, scope: RegistryScope): RegistryLocation {
  const usual = locationOf(identity, scope);
  if (scope === 'global') return usual;
  const given = identity.environment[REGISTRY_VARIABLE];
  return locationAt(identity, scope, absoluteOr(given, usual.directory));
}

function locationAt(
  { environment }: Identity,
  scope: RegistryScope,
  directory: string,
): RegistryLocation {
  return {
    scope,
    directory,
    directoryMode: scope === 'global' ? 0o755 : 0o700,
    clientPath: `${directory}/client.sock`,
    appPath: `${directory}/apps.sock`,
    pipePath: absoluteOr(environment['LTTNG_TS_PIPE'], '/tmp/.lttng-ts-apps'),
  };
}

/** The default directory of traces: of `lttng` and of the relay. */
export function tracesDirectory({ identity }: { readonly identity: Identity }): string {
  return `${identity.homeDirectory.replace(/\/$/, '')}/lttng-traces`;
}

/** Whether a registry of this user may use the directory: by owner and mode, no other user can create files there. */
export function isOwnDirectory({ kind, uid, mode }: FileInfo, ownUid: number): boolean {
  return kind === 'directory' && uid === ownUid && (mode & 0o022) === 0;
}

/** Scope of the registry that a process with this uid runs (R1.4). */
export function ownScope(uid: number): RegistryScope {
  return uid === 0 ? 'global' : 'user';
}

/** Registries with which the applications of a user register (R1.10). Root's own registry is the global one. */
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

/** A registry that may serve this user. */
export interface RegistryCandidate {
  readonly scope: RegistryScope;
  readonly clientPath: string;
  /** Clients accept only a registry of this user. */
  readonly ownerUid: number;
}
