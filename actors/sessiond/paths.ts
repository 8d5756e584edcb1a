/** Where a registry keeps what is its own. */
import type { RegistryPlace } from './messages.ts';

export function lockPath({ directory }: Pick<RegistryPlace, 'directory'>): string {
  return `${directory}/registry.lock`;
}

/** The sessions, written down. */
export function recordDirectory({ directory }: Pick<RegistryPlace, 'directory'>): string {
  return `${directory}/sessions`;
}

/** Names of wake-up pipes in a registry's directory begin with it. */
export const WAKE_PREFIX = 'wake-';
