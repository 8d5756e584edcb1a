/** Paths of a registry's own files. */
import type { RegistryLocation } from '../../src/wire/endpoints.ts';

export function lockPath({ directory }: Pick<RegistryLocation, 'directory'>): string {
  return `${directory}/registry.lock`;
}

/** Directory of the session records. */
export function recordDirectory({ directory }: Pick<RegistryLocation, 'directory'>): string {
  return `${directory}/sessions`;
}

/** Prefix of the names of wake-up pipes in a registry's directory. */
export const WAKE_PREFIX = 'wake-';

/** Prefix of the names of passages for connections in a registry's directory. */
export const PASSAGE_PREFIX = 'link-';
