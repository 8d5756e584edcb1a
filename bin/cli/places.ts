/** Default names of sessions and where their traces go. */
import { basename, isAbsolute, resolve } from 'node:path';
import type { World } from '../../src/port/world.ts';
import { directoryTime } from '../../src/recorder/names.ts';

/** `NAME-20261123-061530`, with what a session's name may not have replaced. */
export function defaultName(world: World, prefix: string): string {
  const clean = basename(prefix)
    .replace(/[^A-Za-z0-9_.-]/g, '_')
    .replace(/^[.-]+/, '');
  return `${clean.slice(0, 100) || 'auto'}-${directoryTime(world.clock.realtimeNs())}`;
}

/** The absolute output directory: as asked for, or `$HOME/lttng-traces/NAME`. */
export function outputOf(world: World, name: string, asked: string | undefined): string {
  const { homeDirectory, workingDirectory } = world.identity;
  if (asked === undefined) return `${homeDirectory.replace(/\/$/, '')}/lttng-traces/${name}`;
  return isAbsolute(asked) ? resolve(asked) : resolve(workingDirectory, asked);
}
