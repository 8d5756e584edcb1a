/** The reaction of a daemon when one of its actors throws, which is a bug: it logs the error once and ends. */

import type { World } from '../../src/port/world.ts';
import { EXIT_SOFTWARE } from '../../src/wire/exit-status.ts';

export function endOnFailure(world: Pick<World, 'log' | 'processes'>): (error: unknown) => void {
  return (error) => {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    world.log('program.failed', { reason });
    world.processes.exit(EXIT_SOFTWARE);
  };
}
