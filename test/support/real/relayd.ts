/** Our relay on free ports of the loopback interface, as a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
  /** Kills it, and waits until it has ended. */
  kill(): Promise<void>;
  /** Another relay with the same ports and output. */
  again(): Promise<OurRelay>;
}

/** Starts the relay with these further options; it stores and logs in this directory. */
export async function startOurRelay(
  directory: string,
  ...options: readonly string[]
): Promise<OurRelay> {
  return startAt(directory, await freePorts(3), options);
}

async function startAt(
  directory: string,
  ports: readonly number[],
  options: readonly string[],
): Promise<OurRelay> {
  const [control = 0, data = 0, livePort = 0] = ports;
  const output = join(directory, 'ours');
  const log = join(directory, 'ours.log');
  const uri = (port: number): string => `tcp://127.0.0.1:${port}`;
  const addresses = ['-C', uri(control), '-D', uri(data), '-L', uri(livePort)];
  const places = [...addresses, '-o', output, `--log-file=${log}`];
  const child = spawn(
    process.execPath,
    [join(DIST, 'bin/lttng-relayd.js'), ...places, ...options],
    { stdio: 'ignore' },
  );
  endAfterTest(child);
  const logged = (event: string): number =>
    linesOf(log).filter((line) => line.includes(`"${event}"`)).length;
  const readyBefore = logged('relay.ready');
  await expect.poll(() => logged('relay.ready'), { timeout: 20_000 }).toBeGreaterThan(readyBefore);
  return {
    url: `net://127.0.0.1:${control}:${data}`,
    controlPort: control,
    dataPort: data,
    livePort,
    output,
    logged,
    kill: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    again: () => startAt(directory, ports, options),
  };
}

/** The complete lines of a file; none if it does not exist. */
export function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}
