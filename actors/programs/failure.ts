/** What a daemon does when one of its actors threw: it is our mistake, said once, and the process ends. */

import type { World } from '../../src/port/world.ts';
import { EXIT_SOFTWARE } from '../../src/wire/exit-status.ts';

export function endOnFailure(world: Pick<World, 'log' | 'processes'>): (error: unknown) => void {
  return (error) => {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    world.log('program.failed', { reason });
    world.processes.exit(EXIT_SOFTWARE);
  };
}
