/** babeltrace2 that follows a live session, as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { endAfterTest } from './lttng.ts';
import { linesOf } from './relayd.ts';

export interface FollowingViewer {
  /** Events that it has shown so far. */
  events(): number;
  /** Waits until it ends by itself; its exit status and what it complained of. */
  ended(): Promise<{ readonly status: number | null; readonly errors: string }>;
}

/** Its files are in this directory and have this name. */
export function followWithBabeltrace(
  directory: string,
  url: string,
  name: string,
): FollowingViewer {
  const path = (kind: string): string => join(directory, `${name}.${kind}`);
  const [output, errors] = [openSync(path('out'), 'w'), openSync(path('err'), 'w')];
  const child: ChildProcess = spawn('babeltrace2', ['-i', 'lttng-live', url], {
    stdio: ['ignore', output, errors],
  });
  for (const descriptor of [output, errors]) closeSync(descriptor);
  endAfterTest(child);
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    events: () => linesOf(path('out')).length,
    ended: async () => {
      const status = await exit;
      const complaints = linesOf(path('err')).filter((line) => !line.includes('WARNING'));
      return { status, errors: complaints.join('\n') };
    },
  };
}
