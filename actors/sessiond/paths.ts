/** Where a registry keeps what is its own. */
import type { RegistryLocation } from '../../src/wire/endpoints.ts';

export function lockPath({ directory }: Pick<RegistryLocation, 'directory'>): string {
  return `${directory}/registry.lock`;
}

/** The sessions, written down. */
export function recordDirectory({ directory }: Pick<RegistryLocation, 'directory'>): string {
  return `${directory}/sessions`;
}

/** Names of wake-up pipes in a registry's directory begin with it. */
export const WAKE_PREFIX = 'wake-';
