/** `lttng view net://…` as a process of its own, with JSON output. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { endAfterTest } from './lttng.ts';
import { DIST } from './os.ts';
import { linesOf } from './relayd.ts';

export interface LiveViewer {
  readonly child: ChildProcess;
  /** The timestamps of the events that it has shown so far. */
  times(): bigint[];
  /** Waits until it ends by itself; its exit status and what it said. */
  ended(): Promise<{ readonly status: number | null; readonly said: string }>;
}

/** Its files are in this directory and have this name. */
export function view(directory: string, name: string, ...args: string[]): LiveViewer {
  const path = (kind: string): string => join(directory, `${name}.${kind}`);
  const [output, errors] = [openSync(path('out'), 'w'), openSync(path('err'), 'w')];
  const child = spawn(
    process.execPath,
    [join(DIST, 'bin/lttng.js'), '--output-format=json', 'view', ...args],
    { stdio: ['ignore', output, errors] },
  );
  for (const descriptor of [output, errors]) closeSync(descriptor);
  endAfterTest(child);
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    child,
    times: () =>
      linesOf(path('out'))
        .map((line) => JSON.parse(line) as { kind: string; timestamp: string })
        .filter(({ kind }) => kind === 'event')
        .map(({ timestamp }) => BigInt(timestamp)),
    ended: async () => ({ status: await exit, said: linesOf(path('err')).join('\n') }),
  };
}
