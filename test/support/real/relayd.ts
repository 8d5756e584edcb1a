/** Our relay on free ports of the loopback interface, as a process of its own. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { endAfterTest, freePorts } from './lttng.ts';
import { DIST } from './os.ts';

export interface OurRelay {
  readonly url: string;
  readonly controlPort: number;
  readonly dataPort: number;
  readonly livePort: number;
  /** Where it stores traces. */
  readonly output: string;
  /** How many lines of its log have this id. */
  logged(event: string): number;
}

/** Starts the relay with these further options; it stores and logs in this directory. */
export async function startOurRelay(
  directory: string,
  ...options: readonly string[]
): Promise<OurRelay> {
  const [controlPort = 0, dataPort = 0, livePort = 0] = await freePorts(3);
  const output = join(directory, 'ours');
  const log = join(directory, 'ours.log');
  const uri = (port: number): string => `tcp://127.0.0.1:${port}`;
  const ports = ['-C', uri(controlPort), '-D', uri(dataPort), '-L', uri(livePort)];
  const child = spawn(
    process.execPath,
    [join(DIST, 'bin/lttng-relayd.js'), ...ports, '-o', output, `--log-file=${log}`, ...options],
    { stdio: 'ignore' },
  );
  endAfterTest(child);
  const logged = (event: string): number =>
    linesOf(log).filter((line) => line.includes(`"${event}"`)).length;
  await expect.poll(() => logged('relay.ready'), { timeout: 20_000 }).toBe(1);
  const url = `net://127.0.0.1:${controlPort}:${dataPort}`;
  return { url, controlPort, dataPort, livePort, output, logged };
}

/** The complete lines of a file; none if it does not exist. */
export function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}
