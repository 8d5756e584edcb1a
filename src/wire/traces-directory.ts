/** The default directory of traces: of `lttng` and of the relay. */
import type { World } from '../port/world.ts';

export function tracesDirectory({ identity }: Pick<World, 'identity'>): string {
  return `${identity.homeDirectory.replace(/\/$/, '')}/lttng-traces`;
}
